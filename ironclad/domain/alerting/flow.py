"""Traffic over time as two growing totals, so that any window of it can be asked for."""

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import accumulate
from typing import NamedTuple


class Stretch(NamedTuple):
    """So many requests, evenly spread from `start` to `end` (seconds on any one clock)."""

    start: float
    end: float
    valid: float
    bad: float


@dataclass(frozen=True, slots=True)
class Flow:
    """Stretches in the order of time, none over another; between them nothing came."""

    stretches: tuple[Stretch, ...]
    starts: tuple[float, ...]
    valid: tuple[float, ...]
    bad: tuple[float, ...]

    def within(self, start: float, end: float) -> tuple[float, float]:
        """Give the valid and the bad requests between two times."""
        (valid_until, bad_until), (valid_from, bad_from) = self._until(end), self._until(start)
        return valid_until - valid_from, bad_until - bad_from

    def _until(self, at: float) -> tuple[float, float]:
        index = bisect_right(self.starts, at) - 1
        if index < 0:
            return 0.0, 0.0
        stretch = self.stretches[index]
        part = min(1.0, (at - stretch.start) / (stretch.end - stretch.start))
        return (
            self.valid[index] + part * stretch.valid,
            self.bad[index] + part * stretch.bad,
        )


def flow(stretches: Iterable[Stretch]) -> Flow:
    ordered = tuple(sorted(one for one in stretches if one.end > one.start))
    return Flow(
        ordered,
        tuple(one.start for one in ordered),
        tuple(accumulate((one.valid for one in ordered), initial=0.0)),
        tuple(accumulate((one.bad for one in ordered), initial=0.0)),
    )
