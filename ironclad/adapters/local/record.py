"""`stack.json`: what a stack chose once and must remember."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from ironclad.adapters.files.atomic import explained, write_if_different
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

    def with_tools(self, tools: Mapping[str, Path]) -> "StackRecord":
        return replace(self, tools=dict(tools))


def read_record(path: Path) -> StackRecord | None:
    """None where there is no stack yet. Raises StateError for a damaged or foreign file."""
    with explained("read", path):
        try:
            content = path.read_bytes()
        except FileNotFoundError:
            return None
    try:
        document = json.loads(content)
        _refuse_foreign(path, document["version"])
        return _record(document)
    except (AttributeError, KeyError, RecursionError, TypeError, ValueError) as error:
        raise StateError(
            f"{path} is damaged ({type(error).__name__}: {error}); put it back from a copy, or"
            " delete it to have the ports chosen anew"
        ) from error


def _refuse_foreign(path: Path, version: object) -> None:
    if version != VERSION:
        raise StateError(
            f"{path} was written by another version of Ironclad (its format is {version}, this one "
            f"reads {VERSION}); use that version, or delete the stack's folder"
        )


def _record(document: Mapping[str, Any]) -> StackRecord:
    """Without a library: most commands begin with it."""
    return StackRecord(
        name=str(document["name"]),
        created=datetime.fromisoformat(document["created"]),
        replicas=tuple(str(name) for name in document["replicas"]),
        ports={name: int(port) for name, port in document["ports"].items()},
        tools={name: Path(path) for name, path in document.get("tools", {}).items()},
    )


def write_record(path: Path, record: StackRecord) -> bool:
    """Say whether anything changed."""
    return write_if_different(
        path, json.dumps(asdict(record), indent=2, default=str).encode() + b"\n"
    )
