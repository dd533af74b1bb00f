"""What all replicas suffer while the machine starves them is the machine's doing.

A second is starved where the machine itself says so, never because answers were slow:

- others than the stack used at least half of its cores, and programs waited for one half of the
  time (`domain.machine`). A fault that burns CPU belongs to the stack;
- or one request in twenty of the load left more than 10 ms late: a slow service delays no sending.

A finding against the service has to stand without the requests that were under way in such
seconds. If it does not, and the replicas without a fault suffered in them as well, nothing is
known. What the targets alone suffer is the fault's doing, whatever else the machine had to do.
"""

import math
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass

from ironclad.domain.evidence.evidence import Evidence
from ironclad.domain.evidence.machine import MachineSecond, mean
from ironclad.domain.judging.check import Answer, Check, unknown
from ironclad.domain.load.load import Attempt
from ironclad.domain.text.wording import percent

LATE_SECONDS = 0.01
LATE_RATIO = 0.05
LATE_AT_LEAST = 2
"""One request alone is late by chance."""

NOTABLE_RATIO = 0.1
"""From so many seconds on the machine is named wherever nothing could be concluded."""

SPOILT_RATIO = 0.2
"""From so many on, what Prometheus saw and when, and which safeguards acted, shows nothing."""

FEWEST = 30
"""Answers of a group that can be compared with those of the other one."""

HELP = "end what else runs on it, or lower the rate of the load, and run it again"

IsBad = Callable[[Attempt], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Starvation:
    """`seconds` are whole ones since the epoch; `watched` is how many there were in all."""

    seconds: frozenset[int] = frozenset()
    watched: int = 0
    others_ratio: float = 0.0
    waited_ratio: float | None = None
    spared: frozenset[str] = frozenset()
    """Replicas that no fault was aimed at."""

    @property
    def ratio(self) -> float:
        return len(self.seconds) / self.watched if self.watched else 0.0

    @property
    def is_notable(self) -> bool:
        return self.ratio >= NOTABLE_RATIO

    @property
    def sentence(self) -> str:
        """Name the machine as the cause, in numbers, and what would help."""
        busy = f"the machine was too busy in {len(self.seconds)} of {self.watched} s"
        if self.waited_ratio is None:
            return f"{busy}: requests left late by the load generator's own clock; {HELP}"
        used, waited = percent(self.others_ratio), percent(self.waited_ratio)
        return (
            f"{busy}: other programs used {used} of its cores then, and some program waited for"
            f" one in {waited} of the time; {HELP}"
        )

    def is_calm(self, row: Attempt) -> bool:
        """Whether it was under way in no starved second, from when it was due to its answer."""
        if not self.seconds:
            return True
        first, last = int(row.intended_at), int(row.answered_at)
        return self.seconds.isdisjoint(range(first, last + 1))

    def calm(self, rows: Iterable[Attempt]) -> list[Attempt]:
        return [row for row in rows if self.is_calm(row)]

    def explains(self, rows: Sequence[Attempt], is_bad: IsBad) -> bool:
        """Whether the replicas without a fault suffer as well, in the starved seconds."""
        starved = [row for row in rows if not self.is_calm(row)]
        if not any(map(is_bad, starved)):
            return False
        spared = [row for row in starved if row.replica in self.spared]
        targets = [row for row in starved if row.replica and row.replica not in self.spared]
        if min(len(spared), len(targets)) < FEWEST:
            return True
        return 2 * mean([is_bad(row) for row in spared]) >= mean([is_bad(row) for row in targets])


CALM = Starvation()


def starvation_of(evidence: Evidence) -> Starvation:
    rows = evidence.load.attempts if evidence.load else ()
    starved = [second for second in evidence.machine if second.is_starved]
    seconds = frozenset({*_covered(starved), *_late_seconds(rows, evidence.machine)})
    watched = {*_covered(evidence.machine), *(int(row.intended_at) for row in rows)}
    samples = starved or [
        each for each in evidence.machine if not seconds.isdisjoint(_covered([each]))
    ]
    waited = [each.waited_ratio for each in samples if each.waited_ratio is not None]
    targets = {name for record in evidence.faults for name in record.targets}
    return Starvation(
        seconds=seconds,
        watched=len(watched),
        others_ratio=mean([each.others_ratio for each in samples]),
        waited_ratio=mean(waited) if waited else None,
        spared=frozenset({each.name for each in evidence.plan.replicas} - targets),
    )


def _covered(seconds: Iterable[MachineSecond]) -> set[int]:
    return {at for each in seconds for at in range(int(each.start), math.ceil(each.end))}


def _late_seconds(rows: Iterable[Attempt], machine: Collection[MachineSecond]) -> set[int]:
    """Late where the stack itself fills the machine is the load's doing, or the fault's."""
    own = _covered(each for each in machine if each.stack_ratio >= 0.5)  # noqa: PLR2004
    late: defaultdict[int, list[bool]] = defaultdict(list)
    for row in rows:
        late[int(row.intended_at)].append(row.sent_at - row.intended_at > LATE_SECONDS)
    return {
        second
        for second, each in late.items()
        if sum(each) >= max(LATE_AT_LEAST, LATE_RATIO * len(each)) and second not in own
    }


def excused(check: Check, starvation: Starvation) -> Check:
    """Give the same question with its answer taken back: the machine may have made it."""
    if check.answer is not Answer.REFUTED:
        return check
    return unknown(check.subject, f"{starvation.sentence} ({check.sentence})")


def excused_if_spoilt(check: Check, starvation: Starvation) -> Check:
    """For what is no request: an alert's time, a safeguard that acts within a time."""
    return excused(check, starvation) if starvation.ratio >= SPOILT_RATIO else check
