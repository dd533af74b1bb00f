"""`stack.json`: what a stack chose once and must remember."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from ironclad.adapters._files import told, write_if_different
from ironclad.errors import StateError

VERSION = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class StackRecord:
    """`tools` are the binaries in use, so that another PATH does not restart anything."""

    name: str
    created: datetime
    replicas: tuple[str, ...]
    ports: dict[str, int]
    tools: dict[str, Path] = field(default_factory=dict)
    version: int = VERSION

    def with_ports(self, ports: Mapping[str, int]) -> "StackRecord":
        return replace(self, ports=dict(ports))

    def with_tools(self, tools: Mapping[str, Path]) -> "StackRecord":
        return replace(self, tools=dict(tools))


_ADAPTER = TypeAdapter(StackRecord)
_VERSION = TypeAdapter(dict[str, object])


def read_record(path: Path) -> StackRecord | None:
    """None where there is no stack yet. Raises StateError for a damaged or foreign file."""
    with told("read", path):
        try:
            content = path.read_bytes()
        except FileNotFoundError:
            return None
    try:
        _refuse_foreign(path, content)
        record = _ADAPTER.validate_json(content)
    except ValidationError as error:
        raise StateError(
            f"{path} is damaged ({error.errors()[0]['msg']}); put it back from a copy, or delete it"
            " to have the ports chosen anew"
        ) from error
    return record


def _refuse_foreign(path: Path, content: bytes) -> None:
    version = _VERSION.validate_json(content).get("version")
    if version != VERSION:
        raise StateError(
            f"{path} was written by another version of Ironclad (its format is {version}, this one "
            f"reads {VERSION}); use that version, or delete the stack's folder"
        )


def write_record(path: Path, record: StackRecord) -> bool:
    """Say whether anything changed."""
    return write_if_different(path, _ADAPTER.dump_json(record, indent=2) + b"\n")
