"""How busy the machine itself was that a game day ran on, second by second."""

from collections.abc import Sequence
from dataclasses import dataclass

BUSY_RATIO = 0.5
"""Of the cores' time, used by others; and of the time, with a program that waits for a core."""

BUSY_ALONE_RATIO = 0.9
"""Used by others where the kernel does not say who waits."""

LAG_SECONDS = 0.1
"""Nothing holds the runner's own loop for so long: it got no core."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineCounters:
    """What the kernel has counted until `at`, in seconds of all cores together.

    `stack` is what the stack's own programs used, the burners of its faults among them. `busy` is
    what anybody used, or a hypervisor took away. `waited` is None where the kernel does not count.
    """

    at: float
    cores: int
    busy: float
    stack: float
    waited: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineSecond:
    """About one second, from `start` to `end` since the epoch.

    `others_ratio` and `stack_ratio` are shares of the time of all cores. `waited_ratio` is the
    share of the time in which a program waited for a core. The runner woke up `lag_seconds` late.
    """

    start: float
    end: float
    others_ratio: float
    stack_ratio: float
    waited_ratio: float | None
    lag_seconds: float

    @property
    def is_starved(self) -> bool:
        """Whether others kept the stack from its cores. What it does to itself is no excuse."""
        if self.waited_ratio is None:
            return self.others_ratio >= BUSY_ALONE_RATIO
        is_crowded = self.waited_ratio >= BUSY_RATIO
        return is_crowded and (self.others_ratio >= BUSY_RATIO or self._is_held_up)

    @property
    def _is_held_up(self) -> bool:
        return self.lag_seconds >= LAG_SECONDS and self.stack_ratio < BUSY_RATIO


def between(one: MachineCounters, next_one: MachineCounters, lag_seconds: float) -> MachineSecond:
    """Give what happened between two readings, the later of which came late by `lag_seconds`."""
    seconds = max(1e-3, next_one.at - one.at)
    whole = seconds * next_one.cores
    stack = max(0.0, next_one.stack - one.stack)
    others = max(0.0, next_one.busy - one.busy - stack)
    waited = (
        None
        if one.waited is None or next_one.waited is None
        else min(1.0, max(0.0, next_one.waited - one.waited) / seconds)
    )
    return MachineSecond(
        start=one.at,
        end=next_one.at,
        others_ratio=round(min(1.0, others / whole), 4),
        stack_ratio=round(min(1.0, stack / whole), 4),
        waited_ratio=None if waited is None else round(waited, 4),
        lag_seconds=round(max(0.0, lag_seconds), 4),
    )


def mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else 0.0
