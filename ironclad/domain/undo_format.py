"""Undo entries as JSON text. Reading raises ValueError, KeyError or TypeError for anything else."""

import json
from dataclasses import asdict
from datetime import datetime

from ironclad.domain.undo import UndoAction, UndoEntry


def entry_to_json(entry: UndoEntry) -> str:
    times = {name: getattr(entry, name).isoformat() for name in ("lease_until", "deadline")}
    return json.dumps({**asdict(entry), **times}, sort_keys=True)


def entry_from_json(text: str) -> UndoEntry:
    raw = json.loads(text)
    return UndoEntry(
        id=str(raw["id"]),
        run=str(raw["run"]),
        action=UndoAction(raw["action"]),
        targets=tuple(map(str, raw["targets"])),
        lease_until=datetime.fromisoformat(raw["lease_until"]),
        deadline=datetime.fromisoformat(raw["deadline"]),
        who=str(raw["who"]),
        why=str(raw["why"]),
    )
