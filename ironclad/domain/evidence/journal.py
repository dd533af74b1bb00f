"""What happened when, from whose clock: the one timeline of a game day."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Status(StrEnum):
    """How the run went, which is another fact than what it showed."""

    COMPLETED = "COMPLETED"
    ABORTED = "ABORTED"
    INTERRUPTED = "INTERRUPTED"
    FAILED = "FAILED"
    SKIPPED = "SKIPPED"
    REFUSED = "REFUSED"


class PhaseName(StrEnum):
    BASELINE = "baseline"
    FAULT = "fault"
    RECOVERY = "recovery"


@dataclass(frozen=True, slots=True)
class Mark:
    """One moment. `source` says whose word it is: ironclad, client, replica, prometheus, …"""

    at: datetime
    mark: str
    source: str


def open_phase(marks: Sequence[Mark]) -> PhaseName | None:
    """Read from the journal's own words which phase began last and has not ended."""
    for mark in reversed(marks):
        for name in PhaseName:
            if mark.mark == f"{name} began":
                return name
            if mark.mark == f"{name} ended":
                return None
    return None


@dataclass(frozen=True, slots=True)
class PhaseSpan:
    """When a phase began and ended; `ended_at` is None when it was cut off."""

    name: PhaseName
    started_at: datetime
    ended_at: datetime | None
