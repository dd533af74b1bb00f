"""Counting with counters that reset: raw samples in, whole numbers out."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise


@dataclass(frozen=True, slots=True)
class Sample:
    """A raw sample; `at` in seconds since the epoch."""

    at: float
    value: float


@dataclass(frozen=True, slots=True)
class Series:
    """One series with its labels (sorted pairs) and raw samples, oldest first."""

    labels: tuple[tuple[str, str], ...]
    samples: tuple[Sample, ...]

    def label(self, name: str) -> str:
        return dict(self.labels).get(name, "")


def delta(samples: Sequence[Sample]) -> float | None:
    """Give the increase between the first and the last sample; a drop is a restart from 0.

    None when nothing can be said: fewer than two samples, or a value that no counter can have
    (NaN, infinite, below 0). What `increase()` adds by extrapolation is left out on purpose. What
    a process counted after its last scrape and before its death cannot be known.
    """
    if len(samples) < 2 or not all(map(_is_count, samples)):  # noqa: PLR2004
        return None
    return sum(_step(a.value, b.value) for a, b in pairwise(samples))


def _is_count(sample: Sample) -> bool:
    return math.isfinite(sample.value) and sample.value >= 0


def _step(before: float, after: float) -> float:
    return after if after < before else after - before


def delta_from_birth(samples: Sequence[Sample]) -> float | None:
    """Give the increase since the counter was born at 0, before its first sample."""
    return delta((Sample(-math.inf, 0.0), *samples)) if samples else None


def total(series: Sequence[Series], *, born_after: float | None = None) -> float | None:
    """Add up what each series grew by: never a difference of sums, which hides a restart.

    A series whose first sample is later than `born_after` is new and counts from 0 (a new pod, a
    label that was not initialised). None when there is no series, or when one cannot be counted:
    nothing at all is not zero.
    """
    deltas = [_grown(one.samples, born_after) for one in series]
    known = [grown for grown in deltas if grown is not None]
    return sum(known) if known and len(known) == len(deltas) else None


def _grown(samples: Sequence[Sample], born_after: float | None) -> float | None:
    is_new = born_after is not None and bool(samples) and samples[0].at > born_after
    return delta_from_birth(samples) if is_new else delta(samples)


def resets(samples: Sequence[Sample]) -> int:
    return sum(b.value < a.value for a, b in pairwise(samples))
