"""Counting with counters that reset: raw samples in, whole numbers out."""

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

    None with fewer than two samples: nothing can be said. NaN in means NaN out, for the caller to
    refuse. What `increase()` adds by extrapolation is left out on purpose.
    """
    if len(samples) < 2:  # noqa: PLR2004
        return None
    return sum(_step(a.value, b.value) for a, b in pairwise(samples))


def _step(before: float, after: float) -> float:
    return after if after < before else after - before


def resets(samples: Sequence[Sample]) -> int:
    return sum(b.value < a.value for a, b in pairwise(samples))
