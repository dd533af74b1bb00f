"""JSON to values by their types; pydantic is imported when there is something to read."""

from typing import TYPE_CHECKING, TypeVar

from ironclad.late import late

if TYPE_CHECKING:
    from pydantic import TypeAdapter

T = TypeVar("T")


def typed(kind: type[T]) -> "TypeAdapter[T]":
    """Give its reader and writer. What it raises is a ValueError as well."""
    return late(lambda: _adapter(kind))


def _adapter(kind: type[T]) -> "TypeAdapter[T]":
    from pydantic import TypeAdapter  # noqa: PLC0415 - slow; most commands find nothing to read

    return TypeAdapter(kind)
