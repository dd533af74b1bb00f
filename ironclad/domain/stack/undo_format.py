"""Undo entries as JSON text. Reading raises ValueError, KeyError or TypeError for anything else."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from ironclad.domain.faults.catalogue import FaultKind
from ironclad.domain.stack.undo import Change, UndoAction, UndoEntry

FORMAT = 2
"""Format 1, which had no number, is 2 without a change."""


def entry_to_json(entry: UndoEntry) -> str:
    times = {name: getattr(entry, name).isoformat() for name in ("lease_until", "deadline")}
    return json.dumps({**asdict(entry), **times, "format": FORMAT}, indent=2, sort_keys=True)


def entry_from_json(text: str | bytes) -> UndoEntry:
    raw = _mapping(json.loads(text))
    if not 1 <= int(raw.get("format", 1)) <= FORMAT:
        raise ValueError(f"its format is {raw['format']}, and this Ironclad reads up to {FORMAT}")
    return UndoEntry(
        id=_text(raw["id"]),
        run=_text(raw["run"]),
        action=UndoAction(raw["action"]),
        targets=_texts(raw["targets"]),
        lease_until=_time(raw["lease_until"]),
        deadline=_time(raw["deadline"]),
        who=_text(raw["who"]),
        why=_text(raw["why"]),
        change=_change(raw.get("change")),
    )


def _change(found: object) -> Change | None:
    if found is None:
        return None
    raw = _mapping(found)
    return Change(
        kind=FaultKind(raw["kind"]),
        targets=_texts(raw["targets"]),
        before={_text(key): _text(value) for key, value in _mapping(raw["before"]).items()},
    )


def _mapping(value: object) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise TypeError(f"{str(value)[:40]!r} should be an object")
    return value


def _texts(value: object) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise TypeError(f"{value!r} should be a list")
    return tuple(map(_text, value))


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} should be text")
    return value


def _time(value: str) -> datetime:
    """Without a zone it could not be compared with now, and one such entry would hide the rest."""
    found = datetime.fromisoformat(value)
    if found.tzinfo is None:
        raise ValueError(f"the time {value} has no zone")
    return found
