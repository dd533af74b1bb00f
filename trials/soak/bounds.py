"""How much anything may grow, and whether it did: a pure function over samples."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median

FEWEST_SAMPLES = 6


@dataclass(frozen=True, slots=True)
class Bound:
    """Most growth between the middle third of the samples and the last; `each` is a game day's."""

    share: float = 0.0
    amount: float = 0.0
    each: float = 0.0

    def most(self, middle: float, game_days: float) -> float:
        return self.share * middle + self.amount + self.each * game_days


BOUNDS = {
    "memory of prometheus": Bound(share=0.25, amount=20.0),
    "memory of postgres": Bound(share=0.20, amount=20.0),
    "memory": Bound(share=0.10, amount=6.0),
    "open files of postgres": Bound(amount=150.0),
    "open files": Bound(amount=8.0),
    "connections": Bound(amount=12.0),
    "rows": Bound(each=400.0),
    "MiB on disk": Bound(each=4.0),
}
"""By how a measure's name begins. Prometheus keeps two hours in memory; PostgreSQL's shared
buffers fill up, and each session of its pool has 20 files open. Rows and files are history, and
history grows with each run: what is bounded is what one game day adds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Growth:
    measure: str
    first: float
    middle: float
    last: float
    most: float

    @property
    def grown(self) -> float:
        return self.last - self.middle

    @property
    def is_kept(self) -> bool:
        return self.grown <= self.most


def growths(samples: Sequence[Mapping[str, float]]) -> tuple[Growth, ...]:
    """Compare the last third with the middle one: the first is for warming up."""
    third = len(samples) // 3
    if len(samples) < FEWEST_SAMPLES:
        return ()
    middle, last = samples[third : 2 * third], samples[-third:]
    names = sorted(set.intersection(*(set(each) for each in samples)))
    return tuple(_growth(name, samples[0][name], middle, last) for name in names)


def _growth(
    name: str,
    first: float,
    middle: Sequence[Mapping[str, float]],
    last: Sequence[Mapping[str, float]],
) -> Growth:
    before = median(each[name] for each in middle)
    after = median(each[name] for each in last)
    bound = next(bound for start, bound in BOUNDS.items() if name.startswith(start))
    most = bound.most(before, len(last))
    return Growth(measure=name, first=first, middle=before, last=after, most=most)
