"""Each replica at the end beside its own baseline: slower or fuller for ever is a deviation.

The baseline is held against the last half of what came after the last fault was off. A difference
counts where it is no chance and large (`domain.evidence.ranks`), and material: each figure says
from how much on.
"""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from statistics import median

from ironclad.domain.evidence.evidence import Evidence
from ironclad.domain.evidence.journal import PhaseName
from ironclad.domain.evidence.ranks import rank_test
from ironclad.domain.judging.as_before.figures import (
    LATENCY,
    Figure,
    Span,
    Values,
    figures,
    values,
)
from ironclad.domain.judging.check import Answer, Check, refuted, shown, unknown
from ironclad.domain.judging.starvation import CALM, Starvation
from ironclad.domain.text.wording import counted, percent

SUBJECT = "as before"
FEWEST = 4
"""Samples of each side; fewer cannot be significant, however far apart they lie."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BeforeAfter:
    """One figure of one replica: medians, and in which share of pairs it was higher afterwards.

    Each is None where there are too few samples; `missing` then says why.
    """

    figure: Figure
    replica: str
    before: float | None = None
    after: float | None = None
    higher_ratio: float | None = None
    answer: Answer = Answer.UNKNOWN
    missing: str = ""

    @property
    def sentence(self) -> str:
        what = f"{self.figure.name} of {self.replica or 'the service'}"
        if self.before is None or self.after is None or self.higher_ratio is None:
            return f"whether {what} is as before is not known: {self.missing}"
        before, after = self.figure.written(self.before), self.figure.written(self.after)
        higher = percent(self.higher_ratio)
        return f"{what} was {before} and is {after} at the end, higher in {higher} of pairs"


def before_and_after(evidence: Evidence, starvation: Starvation = CALM) -> tuple[BeforeAfter, ...]:
    """Compare every figure of every replica, where it is asked for.

    Starved seconds are left out of what a busy machine moves, unless too few others are left. What
    is worse then may be the machine's doing, and is not known.
    """
    spans = _spans(evidence)
    if spans is None or not evidence.plan.experiment.expect.as_before:
        return ()
    before, after = (values(evidence, span, CALM) for span in spans)
    replicas = _replicas(before[LATENCY].keys(), after[LATENCY].keys())
    whole = _all(replicas, before, after)
    if not starvation.seconds:
        return whole
    calm = {
        (one.figure, one.replica): one
        for one in _all(replicas, *(values(evidence, span, starvation) for span in spans))
        if one.answer is not Answer.UNKNOWN
    }
    return tuple(calm.get((one.figure, one.replica)) or _excused(one, starvation) for one in whole)


def _excused(found: BeforeAfter, starvation: Starvation) -> BeforeAfter:
    if found.answer is not Answer.REFUTED:
        return found
    missing = f"{starvation.sentence} ({found.sentence})"
    return BeforeAfter(figure=found.figure, replica=found.replica, missing=missing)


def _replicas(before: AbstractSet[str], after: AbstractSet[str]) -> list[str]:
    """Give those that answer at the end, and those that do not and have no successor."""
    gone = sorted(before - after)[: max(0, len(before) - len(after))]
    return [*sorted(after), *gone]


_Found = Mapping[Figure, Values]


def _all(replicas: Sequence[str], before: _Found, after: _Found) -> tuple[BeforeAfter, ...]:
    return tuple(
        _compared(figure, replica, _own(before[figure], replica), found.get(replica, ()))
        for figure, found in after.items()
        for replica in replicas
    )


def _own(before: Values, replica: str) -> Sequence[float]:
    """Hold a replica that came instead of another against all that there were."""
    return before.get(replica) or [value for each in before.values() for value in each]


def _compared(
    figure: Figure, replica: str, before: Sequence[float], after: Sequence[float]
) -> BeforeAfter:
    fewest = min(len(before), len(after))
    if fewest < FEWEST:
        few = f"{counted(fewest, 'sample')} of one side, and it takes {FEWEST}"
        return BeforeAfter(figure=figure, replica=replica, missing=few)
    ranks = rank_test(after, before)
    is_worse = ranks.is_higher and figure.is_material(before, after)
    return BeforeAfter(
        figure=figure,
        replica=replica,
        before=median(before),
        after=median(after),
        higher_ratio=ranks.higher_ratio,
        answer=Answer.REFUTED if is_worse else Answer.SHOWN,
    )


def _spans(evidence: Evidence) -> tuple[Span, Span] | None:
    """Give the baseline, and the last half of what came after the undo."""
    phases = {span.name: span for span in evidence.phases}
    baseline, recovery = phases.get(PhaseName.BASELINE), phases.get(PhaseName.RECOVERY)
    off = evidence.fault_free.confirmed_at if evidence.fault_free else None
    if not (baseline and baseline.ended_at and recovery and recovery.ended_at and off):
        return None
    begin, end = off.timestamp(), recovery.ended_at.timestamp()
    quiet = (baseline.started_at.timestamp(), baseline.ended_at.timestamp())
    return quiet, ((begin + end) / 2, end)


def as_before_check(evidence: Evidence, found: Sequence[BeforeAfter]) -> Check | None:
    """None where the experiment does not ask for it."""
    if not evidence.plan.experiment.expect.as_before:
        return None
    if not found:
        return unknown(SUBJECT, "whether the service is as before is not known: no replica answers")
    worse = [one.sentence for one in found if one.answer is Answer.REFUTED]
    if worse:
        return refuted(SUBJECT, f"the service is not as before: {_first(worse)}")
    if missing := [one.sentence for one in found if one.answer is Answer.UNKNOWN]:
        return unknown(SUBJECT, _first(missing))
    names = ", ".join(one.name for one in figures(evidence))
    replicas = counted(len({one.replica for one in found}), "replica")
    return shown(SUBJECT, f"of {replicas} each is as before: {names}")


def _first(sentences: Sequence[str]) -> str:
    more = len(sentences) - 1
    return sentences[0] + (f" (and {more} more)" if more else "")
