"""Was the load what was asked for, and could the service bear it? If not, it says little."""

from collections.abc import Iterator, Sequence

from ironclad.domain.evidence import attempt_stats
from ironclad.domain.evidence.evidence import Evidence
from ironclad.domain.evidence.journal import PhaseName
from ironclad.domain.judging.check import Check, shown, unknown
from ironclad.domain.load.load import Attempt, LoadResult
from ironclad.domain.load.result import lag
from ironclad.domain.text.wording import count, duration, percent

LOAD = "load"
ACHIEVED_AT_LEAST = 0.999
"""Share of the offered requests that must have been sent."""


def load_check(load: LoadResult | None) -> Check:
    if load is None:
        return unknown(LOAD, "there is no account of the load")
    problem = _problem(load)
    if problem:
        return unknown(LOAD, problem)
    return shown(LOAD, f"{count(len(load.attempts))} of {count(load.offered)} requests were sent")


def _problem(load: LoadResult) -> str:
    """Say that the generator was the bottleneck, or that its ledger has holes."""
    sent = len(load.attempts)
    if not sent:
        return "the load generator sent no request"
    if not load.complete:
        return load.reason or "the load generator did not end by itself"
    if sent < ACHIEVED_AT_LEAST * load.offered:
        ratio = percent(sent / load.offered)
        return f"only {ratio} of the {count(load.offered)} offered requests were sent"
    accounted = sent + load.dropped + load.unsent
    if accounted != load.offered:
        return f"the load ledger accounts for {count(accounted)} of {count(load.offered)} requests"
    return "" if _is_whole(load) else "the load ledger has a row twice"


def _is_whole(load: LoadResult) -> bool:
    return len({row.number for row in load.attempts}) == len(load.attempts)


OVERLOAD = "overload"
SLOW_SECONDS = 0.5
MOST_SLOW_RATIO = 0.05
"""What the latency objective allows of a service that nothing is wrong with."""


def overload_checks(evidence: Evidence) -> Iterator[Check]:
    """Without load or a baseline there are none, which other checks tell."""
    if evidence.load is None:
        return
    if behind := _bottleneck(evidence.load):
        yield unknown(OVERLOAD, behind)
    if rows := _baseline(evidence):
        yield _knee_check(evidence, rows)


def _bottleneck(load: LoadResult) -> str:
    return lag(load.offered, load.dropped, load.lateness_p99_seconds)


def _knee_check(evidence: Evidence, rows: Sequence[Attempt]) -> Check:
    limit = _slow_seconds(evidence)
    slow = sum(row.status is None or row.latency_seconds > limit for row in rows) / len(rows)
    if slow <= MOST_SLOW_RATIO:
        return shown(OVERLOAD, "the service kept up with the load before anything was broken")
    return unknown(
        OVERLOAD,
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
