"""Was it the load itself that broke things? Then whatever was measured is not the fault's.

Either the service was beyond its knee before anything was broken (latency counts from the intended
time, so a queue cannot hide), or the generator was, and its own delays look like the service's.
"""

from collections.abc import Iterator, Sequence

from ironclad.domain.evidence import attempt_stats
from ironclad.domain.evidence.evidence import Evidence
from ironclad.domain.evidence.journal import PhaseName
from ironclad.domain.judging.check import Check, shown, unknown
from ironclad.domain.load.load import Attempt, LoadResult
from ironclad.domain.load.result import lag
from ironclad.domain.text.wording import duration, percent

SUBJECT = "overload"
SLOW_SECONDS = 0.5
MOST_SLOW_RATIO = 0.05
"""What the latency objective allows of a service that nothing is wrong with."""


def overload_checks(evidence: Evidence) -> Iterator[Check]:
    """Without load or a baseline there are none, which other checks tell."""
    if evidence.load is None:
        return
    if behind := _bottleneck(evidence.load):
        yield unknown(SUBJECT, behind)
    if rows := _baseline(evidence):
        yield _knee_check(evidence, rows)


def _bottleneck(load: LoadResult) -> str:
    return lag(load.offered, load.dropped, load.lateness_p99_seconds)


def _knee_check(evidence: Evidence, rows: Sequence[Attempt]) -> Check:
    limit = _slow_seconds(evidence)
    slow = sum(row.status is None or row.latency_seconds > limit for row in rows) / len(rows)
    if slow <= MOST_SLOW_RATIO:
        return shown(SUBJECT, "the service kept up with the load before anything was broken")
    return unknown(
        SUBJECT,
        f"the load was too much for the service before anything was broken: {percent(slow)} of the"
        f" answers took over {duration(limit)}; lower the rate",
    )


def _baseline(evidence: Evidence) -> Sequence[Attempt]:
    if evidence.load is None:
        return ()
    return attempt_stats.by_phase(evidence.load.attempts, evidence.phases).get(
        PhaseName.BASELINE, ()
    )


def _slow_seconds(evidence: Evidence) -> float:
    limits = [one.latency_threshold for one in evidence.plan.objectives]
    return max((one.total_seconds() for one in limits if one is not None), default=SLOW_SECONDS)
