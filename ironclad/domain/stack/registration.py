"""Declared, found, and registered last: whose change is whose, so that a person's stays.

The three ways are those of a merge. What is as it was registered is Ironclad's to change; anything
else was changed by a person. Values are plain JSON.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Items = Mapping[str, Any]
Marks = Mapping[str, str]
"""By key two digests in one text: of what was declared, and of what the server made of it."""

_DIGITS = 8


@dataclass(frozen=True, slots=True)
class Settled:
    """What to put and to drop; `kept` differs by a person's doing and stays."""

    put: Items = field(default_factory=dict)
    drop: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()


def settle(declared: Items, found: Items, known: Marks, *, reset: bool = False) -> Settled:
    """Compare by key; with `reset` everything becomes as declared."""
    put, drop, kept = {}, [], []
    for key in sorted({*declared, *found}):
        wanted, there = declared.get(key), found.get(key)
        said, seen = _split(known.get(key, mark(None, None)))
        is_ours = _digest(there) == seen
        if is_ours and _digest(wanted) == said:
            continue
        if not is_ours and not reset:
            kept += [key] if wanted != there else []
        elif wanted is None:
            drop.append(key)
        else:
            put[key] = wanted
    # What is neither there nor declared any more needs nothing.
    return Settled(put, tuple(drop), tuple(kept))


def marks(declared: Items, found: Items, known: Marks, settled: Settled) -> dict[str, str]:
    """Give what to remember, once `found` is as it was settled."""
    new = {key: mark(declared.get(key), found.get(key)) for key in {*declared, *found}}
    old = {key: known[key] for key in settled.kept if key in known}
    return {key: value for key, value in new.items() if key not in settled.kept} | old


def mark(declared: Any, found: Any) -> str:
    return _digest(declared) + _digest(found)


def _split(text: str) -> tuple[str, str]:
    return text[:_DIGITS], text[_DIGITS:]


def _digest(value: Any) -> str:
    text = json.dumps(value, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:_DIGITS]
