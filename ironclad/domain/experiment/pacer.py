"""Rate laws as values: how many hits are due after so much time, and when each one is due."""

import math
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol


class Pacer(Protocol):
    """A rate law; `due_at` is its inverse, so that each hit has an intended time."""

    def hits_before(self, elapsed_seconds: float) -> int:
        """Count the hits whose intended time lies before `elapsed_seconds`."""

    def due_at(self, hit: int) -> float:
        """Give the intended time of hit number `hit` (from 0), in seconds from the start.

        Infinite for a hit that the law never reaches.
        """

    def rate_at(self, elapsed_seconds: float) -> float:
        """Give the offered rate in hits per second."""

    @property
    def peak_rate(self) -> float: ...


@dataclass(frozen=True, slots=True)
class Constant:
    """The same rate throughout."""

    rate: float

    def hits_before(self, elapsed_seconds: float) -> int:
        return _settled(self, elapsed_seconds * self.rate, elapsed_seconds)

    def due_at(self, hit: int) -> float:
        return hit / self.rate

    def rate_at(self, elapsed_seconds: float) -> float:
        return self.rate if elapsed_seconds >= 0 else 0.0

    @property
    def peak_rate(self) -> float:
        return self.rate


@dataclass(frozen=True, slots=True)
class Ramp:
    """A straight line from one rate to another, which then goes on for ever."""

    start_rate: float
    end_rate: float
    over_seconds: float

    @property
    def _slope(self) -> float:
        return (self.end_rate - self.start_rate) / self.over_seconds

    @property
    def _ramp_hits(self) -> float:
        return (self.start_rate + self.end_rate) / 2 * self.over_seconds

    def hits_before(self, elapsed_seconds: float) -> int:
        ramped = min(elapsed_seconds, self.over_seconds)
        hits = self.start_rate * ramped + self._slope * ramped**2 / 2
        after = max(0.0, elapsed_seconds - self.over_seconds) * self.end_rate
        return _settled(self, hits + after, elapsed_seconds)

    def due_at(self, hit: int) -> float:
        """Solve the parabola by the form that stays exact when the slope is nearly 0."""
        if hit == 0:
            return 0.0 if self.start_rate or self.end_rate else math.inf
        if hit > self._ramp_hits:
            return self.over_seconds + _ratio(hit - self._ramp_hits, self.end_rate)
        root = math.sqrt(max(0.0, self.start_rate**2 + 2 * self._slope * hit))
        return _ratio(2 * hit, self.start_rate + root)

    def rate_at(self, elapsed_seconds: float) -> float:
        if elapsed_seconds < 0:
            return 0.0
        return self.start_rate + self._slope * min(elapsed_seconds, self.over_seconds)

    @property
    def peak_rate(self) -> float:
        return max(self.start_rate, self.end_rate)


@dataclass(frozen=True, slots=True)
class Step:
    rate: float
    seconds: float


@dataclass(frozen=True, slots=True)
class Steps:
    """One constant rate after another; nothing is due after the last."""

    steps: tuple[Step, ...]

    def hits_before(self, elapsed_seconds: float) -> int:
        hits, left = 0.0, elapsed_seconds
        for step in self.steps:
            hits += step.rate * max(0.0, min(left, step.seconds))
            left -= step.seconds
        return _settled(self, hits, elapsed_seconds)

    def due_at(self, hit: int) -> float:
        begun_at, before = 0.0, 0.0
        for step in self.steps:
            if hit < before + step.rate * step.seconds:
                return begun_at + (hit - before) / step.rate
            begun_at, before = begun_at + step.seconds, before + step.rate * step.seconds
        return math.inf

    def rate_at(self, elapsed_seconds: float) -> float:
        left = elapsed_seconds
        for step in self.steps:
            if 0 <= left < step.seconds:
                return step.rate
            left -= step.seconds
        return 0.0

    @property
    def peak_rate(self) -> float:
        return max((step.rate for step in self.steps), default=0.0)


AnyPacer = Constant | Ramp | Steps


def pacer_text(pacer: AnyPacer) -> str:
    """Write it as people say it: `100/s`, `50 to 150/s over 60 s`, `50/s for 30 s, then 100/s`."""
    match pacer:
        case Constant():
            return f"{pacer.rate:g}/s"
        case Ramp():
            return f"{pacer.start_rate:g} to {pacer.end_rate:g}/s over {pacer.over_seconds:g} s"
        case Steps():
            *before, last = pacer.steps
            parts = [f"{step.rate:g}/s for {step.seconds:g} s" for step in before]
            return ", then ".join([*parts, f"{last.rate:g}/s"])


def offered_total(pacer: Pacer, duration: timedelta) -> int:
    """Count the hits that the law offers within `duration`."""
    return pacer.hits_before(duration.total_seconds())


def _settled(pacer: Pacer, estimate: float, elapsed_seconds: float) -> int:
    """Correct a count that rounding put one off, so that it is the inverse of `due_at` exactly."""
    hits = max(0, math.ceil(estimate))
    while hits and pacer.due_at(hits - 1) >= elapsed_seconds:
        hits -= 1
    while pacer.due_at(hits) < elapsed_seconds:
        hits += 1
    return hits


def _ratio(above: float, below: float) -> float:
    return above / below if below else math.inf
