"""Random traces of counters as a bad week writes them, and an oracle that sees the same samples."""

import math
import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

STEP_SECONDS = 15
STEPS = 40

Sampled = float | None
"""One scrape: a counter's value, NaN, or nothing where the scrape failed."""


@dataclass(frozen=True, slots=True)
class Trace:
    """Good and bad requests of each replica, one sample for each scrape."""

    good: tuple[tuple[Sampled, ...], ...]
    bad: tuple[tuple[Sampled, ...], ...]

    @property
    def good_events(self) -> float:
        return total(self.good)

    @property
    def bad_events(self) -> float:
        return total(self.bad)


def total(counters: Iterable[Sequence[Sampled]]) -> float:
    return sum(map(increase, counters))


def increase(samples: Sequence[Sampled]) -> float:
    """Add up what the samples show, and nothing else; a drop is a restart from 0."""
    known = [value for value in samples if value is not None and not math.isnan(value)]
    return sum(after if after < before else after - before for before, after in pairwise(known))


def trace(number: int) -> Trace:
    """Give always the same one for a number: 10 minutes of one to four replicas."""
    dice = random.Random(number)  # noqa: S311 - it must repeat
    rate, bad_ratio = dice.choice([5, 100, 2_000]), dice.choice([0.0, 0.002, 0.05, 1.0])
    lives = [_life(dice) for _ in range(dice.randint(1, 4))]
    good = tuple(_sampled(dice, rate * (1 - bad_ratio), life) for life in lives)
    bad = tuple(_sampled(dice, rate * bad_ratio, life) for life in lives)
    return Trace(good, bad)


@dataclass(frozen=True, slots=True)
class _Life:
    """When a replica restarts, when its scrapes fail, and when it writes nonsense."""

    restarts: frozenset[int]
    silent: frozenset[int]
    nonsense: frozenset[int]


def _life(dice: random.Random) -> _Life:
    silent: set[int] = set()
    for _ in range(dice.randint(0, 3)):
        start, length = dice.randrange(2, STEPS - 2), dice.randint(1, 12)
        silent |= set(range(start, min(start + length, STEPS - 1)))
    restarts = frozenset(dice.sample(range(3, STEPS - 1), dice.randint(0, 3)))
    nonsense = frozenset(dice.sample(range(3, STEPS - 1), dice.choice([0, 0, 1, 2])))
    return _Life(restarts, frozenset(silent), nonsense)


def _sampled(dice: random.Random, rate: float, life: _Life) -> tuple[Sampled, ...]:
    value, samples = 0.0, list[Sampled]()
    for step in range(STEPS):
        if step in life.restarts:
            value = 0.0
        value += round(rate * STEP_SECONDS * dice.uniform(0.5, 1.5)) if step else 0
        samples.append(_seen(step, value, life))
    return tuple(samples)


def _seen(step: int, value: float, life: _Life) -> Sampled:
    if step in life.silent:
        return None
    return math.nan if step in life.nonsense else value
