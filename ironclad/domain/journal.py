"""What happened when, from whose clock: the one timeline of a game day."""

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


@dataclass(frozen=True, slots=True)
class PhaseSpan:
    """When a phase began and ended; `ended_at` is None when it was cut off."""

    name: PhaseName
    started_at: datetime
    ended_at: datetime | None
