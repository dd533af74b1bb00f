"""Rate laws as values: how many hits are due after so much time."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol


class Pacer(Protocol):
    """A rate law; `due_at` is its inverse, so that each hit has an intended time."""

    def hits_before(self, elapsed_seconds: float) -> int:
        """Count the hits whose intended time lies before `elapsed_seconds`."""

    def due_at(self, hit: int) -> float:
        """Give the intended time of hit number `hit` (from 0), in seconds from the start."""

    def rate_at(self, elapsed_seconds: float) -> float:
        """Give the offered rate in hits per second."""


@dataclass(frozen=True, slots=True)
class Constant:
    """The same rate throughout."""

    rate: float

    def hits_before(self, elapsed_seconds: float) -> int:
        return max(0, -int(-elapsed_seconds * self.rate // 1))

    def due_at(self, hit: int) -> float:
        return hit / self.rate

    def rate_at(self, elapsed_seconds: float) -> float:
        return self.rate if elapsed_seconds >= 0 else 0.0


def offered_total(pacer: Pacer, duration: timedelta) -> int:
    """Count the hits that the law offers within `duration`."""
    return pacer.hits_before(duration.total_seconds())
