"""Which trials: seeded, every way and every boundary in turn, the rest by lot."""

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import cycle, islice
from typing import TypeVar

from trials.kill.boundaries import AFTER_LOAD, BEFORE_LOAD, ORDER, Boundary
from trials.kill.faults import ERROR, TrialFault
from trials.kill.ways import MANNERS, Host, Way

_SUSPENDED_SECONDS = (10.0, 30.0, 60.0)
_LATEST_SECONDS = 0.7

_NEVER: dict[Way, frozenset[Boundary]] = {
    Way.EXCEPTION: BEFORE_LOAD | {Boundary.REPORT},  # no mark is written there that could fail
    Way.ABORT: BEFORE_LOAD,  # no holder to ask yet
    Way.KILL_GENERATOR: BEFORE_LOAD | AFTER_LOAD,
}

_Choice = TypeVar("_Choice")


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """`delay_seconds` passes between the boundary and the end, so that ends fall between them too.

    `suspended_seconds` is how long a suspended runner stays so.
    """

    number: int
    way: Way
    boundary: Boundary | None
    host: Host
    fault: TrialFault
    delay_seconds: float = 0.0
    suspended_seconds: float = 0.0

    @property
    def name(self) -> str:
        return f"trial-{self.number:03d}"

    def __str__(self) -> str:
        at = f" at {self.boundary}" if self.boundary else ""
        late = f" + {self.delay_seconds:.2f} s" if self.delay_seconds else ""
        return f"{self.way}{at}{late}, {self.fault.kind}, by the {self.host}"


class Deck:
    """Takes what was taken least so far, by lot among equals."""

    def __init__(self, lot: random.Random) -> None:
        self._lot = lot
        self._taken: Counter[object] = Counter()

    def take(self, choices: Sequence[_Choice]) -> _Choice:
        least = min(self._taken[choice] for choice in choices)
        chosen = self._lot.choice([each for each in choices if self._taken[each] == least])
        self._taken[chosen] += 1
        return chosen


class Dealer:
    """Deals trials. What it deals depends on the seed, the ways and the faults alone."""

    def __init__(self, seed: int, faults: Sequence[TrialFault], ways: Sequence[Way]) -> None:
        self._lot = random.Random(seed)  # noqa: S311 - repeatable, not secret
        self._faults = faults
        self._ways = self._lot.sample(ways, len(ways))
        self._decks: dict[object, Deck] = {}

    def deal(self, count: int) -> tuple[Trial, ...]:
        return tuple(self._trials(count))

    def _trials(self, count: int) -> Iterator[Trial]:
        for number, way in enumerate(islice(cycle(self._ways), count), start=1):
            fault = self._fault(way)
            yield Trial(
                number=number,
                way=way,
                boundary=self._boundary(way, fault),
                host=self._deck(way).take(MANNERS[way].hosts),
                fault=fault,
                delay_seconds=self._delay(),
                suspended_seconds=self._suspended(way),
            )

    def _deck(self, name: object) -> Deck:
        return self._decks.setdefault(name, Deck(self._lot))

    def _fault(self, way: Way) -> TrialFault:
        if way is Way.DEVIATION:
            return ERROR
        return self._deck("faults").take(self._faults)

    def _boundary(self, way: Way, fault: TrialFault) -> Boundary | None:
        if MANNERS[way].own_moment:
            return None
        never = _NEVER.get(way, frozenset())
        possible = [each for each in ORDER if each in fault.boundaries and each not in never]
        return self._deck("boundaries").take(possible)

    def _delay(self) -> float:
        """Half of the ends fall right on their boundary."""
        return self._lot.choice((0.0, round(self._lot.uniform(0, _LATEST_SECONDS), 2)))

    def _suspended(self, way: Way) -> float:
        return self._deck("suspended").take(_SUSPENDED_SECONDS) if way is Way.SUSPEND else 0.0
