"""A value that is made when it is first used, and looks like itself until then."""

from collections.abc import Callable
from functools import cached_property
from typing import Any, TypeVar, cast

T = TypeVar("T")


class _Late:
    def __init__(self, make: Callable[[], object]) -> None:
        self._make = make

    @cached_property
    def made(self) -> object:
        return self._make()

    def __getattr__(self, name: str) -> Any:
        return getattr(self.made, name)


def late(make: Callable[[], T]) -> T:
    """Stand in for what is slow to import, where a caller may well never need it."""
    return cast("T", _Late(make))


def made(value: T) -> T:
    """Give what is stood in for, to whom its methods are not enough."""
    return cast("T", value.made) if isinstance(value, _Late) else value
