"""The same burn counted in bad time: what users mean by "it was down for a minute".

A slice is bad when more of its requests were than the objective allows. The budget is then so much
time of the period, 43.2 minutes of 30 days at 99.9 %. Counted by the client's ledger: its requests
are even over time, and those of others are not known slice by slice.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from ironclad.domain.evidence.evidence import Evidence
from ironclad.domain.evidence.intervals import Interval, block_bootstrap, wider, wilson
from ironclad.domain.judging.counts.reconciliation import judged_counts
from ironclad.domain.load.load import Attempt
from ironclad.domain.slo.slo import Counts, Objective

SLICE = timedelta(seconds=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeSlices:
    """`spent_ratio` and `interval` are shares of the period's whole budget of time."""

    total: int
    bad: int
    spent_ratio: float
    interval: Interval


def time_slices(evidence: Evidence, objective: Objective) -> TimeSlices | None:
    """None without load."""
    strata = _strata(evidence, objective)
    counts = sum((one for stratum in strata for one in stratum), Counts(0, 0))
    interval = wider(wilson(counts), block_bootstrap(strata))
    if interval is None:
        return None
    whole = objective.error_budget * (objective.period / SLICE)
    return TimeSlices(
        total=counts.valid,
        bad=counts.bad,
        spent_ratio=counts.bad / whole,
        interval=interval.scaled(counts.valid / whole),
    )


def _strata(evidence: Evidence, objective: Objective) -> Sequence[Sequence[Counts]]:
    """Give one count of 1 for each slice, by phase: a planned fault stays as long as it was."""
    attempts = evidence.load.attempts if evidence.load else ()
    starts = [span.started_at.timestamp() for span in evidence.phases]
    slices: defaultdict[tuple[int, int], list[Attempt]] = defaultdict(list)
    for row in attempts:
        phase = sum(row.intended_at >= start for start in starts)
        slices[phase, int(row.intended_at // SLICE.total_seconds())].append(row)
    strata: defaultdict[int, list[Counts]] = defaultdict(list)
    for (phase, _), rows in sorted(slices.items()):
        strata[phase].append(Counts(1, int(_is_bad(rows, objective))))
    return list(strata.values())


def _is_bad(rows: Sequence[Attempt], objective: Objective) -> bool:
    ratio = judged_counts(rows, objective).bad_ratio
    return ratio is not None and ratio > objective.error_budget
