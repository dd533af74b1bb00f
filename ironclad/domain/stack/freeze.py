"""Freezes: times in which no game day may run, in the wall-clock time of some place.

At a change of the clocks the longer freeze applies.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo


@dataclass(frozen=True, slots=True, kw_only=True)
class Freeze:
    """`first` is wall-clock time in `zone`, without a zone of its own; `every` is None for once."""

    first: datetime
    length: timedelta
    every: timedelta | None
    zone: tzinfo
    why: str


@dataclass(frozen=True, slots=True)
class Frozen:
    """One occurrence, in UTC."""

    begin: datetime
    end: datetime
    freeze: Freeze


def conflict(freezes: Sequence[Freeze], begin: datetime, end: datetime) -> str | None:
    """Say which freeze keeps something from running from `begin` to `end`; None where none does."""
    found = [frozen for freeze in freezes for frozen in overlapping(freeze, begin, end)]
    if not found:
        return None
    return _sentence(min(found, key=lambda frozen: frozen.begin), begin)


def overlapping(freeze: Freeze, begin: datetime, end: datetime) -> Iterator[Frozen]:
    """Give the occurrences that share a moment with [begin, end]."""
    for frozen in _occurrences(freeze, begin):
        if frozen.begin > end:
            return
        if frozen.end > begin:
            yield frozen


def _occurrences(freeze: Freeze, since: datetime) -> Iterator[Frozen]:
    """Begin with one that is certainly over by then."""
    if freeze.every is None:
        yield _at(freeze, freeze.first)
        return
    local = since.astimezone(freeze.zone).replace(tzinfo=None)
    number = (local - freeze.first - freeze.length) // freeze.every - 1
    while True:
        yield _at(freeze, freeze.first + number * freeze.every)
        number += 1


def _at(freeze: Freeze, first: datetime) -> Frozen:
    return Frozen(
        min(_readings(first, freeze.zone)),
        max(_readings(first + freeze.length, freeze.zone)),
        freeze,
    )


def _readings(wall: datetime, zone: tzinfo) -> list[datetime]:
    return [wall.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1)]


def _sentence(frozen: Frozen, begin: datetime) -> str:
    zone = frozen.freeze.zone
    first, last = (
        f"{moment.astimezone(zone):%a %Y-%m-%d %H:%M %Z}" for moment in (frozen.begin, frozen.end)
    )
    span = f"from {first} to {last} ({frozen.freeze.why})"
    if frozen.begin <= begin:
        return f"game days are frozen {span}"
    return f"it would still run when a freeze begins, {span}"
