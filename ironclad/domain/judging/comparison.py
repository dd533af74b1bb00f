"""Replicas with the fault beside those without, in the same seconds: are they slower?

Before and after compare different minutes; a concurrent control group does not.

Replicas are never quite alike: one may share its core with a neighbour. So the difference that the
targets had in the baseline is taken off, and the rest has to be as large (a difference in
differences). Targets that were slower before can hardly become so by as much: that is unknown.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ironclad.domain.evidence import attempt_stats
from ironclad.domain.evidence.evidence import Evidence
from ironclad.domain.evidence.journal import PhaseName
from ironclad.domain.evidence.ranks import RankResult, rank_test
from ironclad.domain.judging.check import Check, refuted, shown, unknown
from ironclad.domain.load.load import Attempt
from ironclad.domain.text.wording import count, percent

SUBJECT = "control group"
FEWEST = 100
"""Of each group."""


@dataclass(frozen=True, slots=True)
class Groups:
    """Latencies in seconds of what each group answered well while a fault was at work."""

    treated: Sequence[float]
    control: Sequence[float]

    @property
    def are_enough(self) -> bool:
        return min(len(self.treated), len(self.control)) >= FEWEST


def groups(evidence: Evidence) -> Groups:
    armed = [one.armed_at for one in evidence.faults if one.armed_at is not None]
    undone = [one.undone_at for one in evidence.faults if one.undone_at is not None]
    if evidence.load is None or not armed or not undone:
        return Groups((), ())
    start, end = min(armed).timestamp(), max(undone).timestamp()
    return _apart(evidence, attempt_stats.within(evidence.load.attempts, start, end))


def groups_before(evidence: Evidence) -> Groups:
    """Give the same groups in the baseline, when nothing was done to either."""
    if evidence.load is None:
        return Groups((), ())
    phases = attempt_stats.by_phase(evidence.load.attempts, evidence.phases)
    return _apart(evidence, phases.get(PhaseName.BASELINE, ()))


def _apart(evidence: Evidence, attempts: Iterable[Attempt]) -> Groups:
    targets = {name for record in evidence.faults for name in record.targets}
    good = [row for row in attempts if row.replica and not row.is_bad]
    return Groups(
        [row.latency_seconds for row in good if row.replica in targets],
        [row.latency_seconds for row in good if row.replica not in targets],
    )


def control_check(evidence: Evidence) -> Check | None:
    """None where the experiment does not ask for it."""
    if not evidence.plan.experiment.expect.targets_as_quick_as_others:
        return None
    found = groups(evidence)
    if not found.are_enough:
        few = min(len(found.treated), len(found.control))
        return unknown(SUBJECT, f"{count(few)} answers of a group are too few to compare it")
    result, before = rank_test(found.treated, found.control), _before(evidence)
    sentence = (
        f"in {percent(result.higher_ratio)} of pairs the targets were slower than the others in the"
        " same seconds"
    )
    if before is not None:
        sentence += f", and in {percent(before.higher_ratio)} before the fault"
    if result.has_become_higher(before):
        return refuted(SUBJECT, f"{sentence} (p = {result.p_value:.2g})")
    if result.is_higher:
        return unknown(SUBJECT, f"{sentence}: the effect of the fault on them is not known")
    return shown(SUBJECT, f"{sentence}, which is no large effect")


def _before(evidence: Evidence) -> RankResult | None:
    """None where a baseline is too short to say how the targets stood among the others."""
    found = groups_before(evidence)
    return rank_test(found.treated, found.control) if found.are_enough else None
