"""A program to be supervised, and what its supervisor says of it: values only."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """What to run and how to end it.

    `environment` is all that it gets, but for PATH, HOME and LANG. `inputs` are digests of what it
    reads at start: another one restarts it. `death_signal` is what the kernel sends it when the
    supervisor is gone. `start_retries` are made 1, 2, 3 … s apart before it is given up.
    """

    name: str
    argv: tuple[str, ...]
    folder: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    inputs: tuple[str, ...] = ()
    user: str = ""
    stop_signal: str = "TERM"
    stop_within: timedelta = timedelta(seconds=10)
    death_signal: str = "KILL"
    start_retries: int = 5


class ProgramCondition(StrEnum):
    """supervisord's own words."""

    STOPPED = "STOPPED"
    STARTING = "STARTING"
    RUNNING = "RUNNING"
    BACKOFF = "BACKOFF"
    STOPPING = "STOPPING"
    EXITED = "EXITED"
    FATAL = "FATAL"
    UNKNOWN = "UNKNOWN"


_UP = frozenset({ProgramCondition.STARTING, ProgramCondition.RUNNING, ProgramCondition.BACKOFF})
_DOWN = frozenset({ProgramCondition.STOPPED, ProgramCondition.EXITED, ProgramCondition.FATAL})


_NEVER = datetime.fromtimestamp(0, UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgramState:
    """`pid` is 0 while it does not run; `started` is its last start, to the second."""

    name: str
    condition: ProgramCondition
    pid: int = 0
    started: datetime = _NEVER
    up_seconds: int = 0
    problem: str = ""

    @property
    def is_kept_up(self) -> bool:
        """Running, or about to be started again by the supervisor."""
        return self.condition in _UP

    @property
    def is_down(self) -> bool:
        """Neither running nor about to be."""
        return self.condition in _DOWN
