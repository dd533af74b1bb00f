"""What the clients felt: phase by phase, how many failures, and how well the load was sent."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from ironclad.domain.evidence import attempt_stats
from ironclad.domain.evidence.evidence import Evidence
from ironclad.domain.evidence.intervals import Interval, wilson
from ironclad.domain.evidence.journal import PhaseName, PhaseSpan
from ironclad.domain.evidence.quantiles import LatencyQuantiles, latency_quantiles
from ironclad.domain.experiment.expected_answer import answers, is_expected
from ironclad.domain.experiment.experiment import Load
from ironclad.domain.judging.check import Check, refuted, shown, unknown
from ironclad.domain.judging.starvation import CALM, Starvation, excused
from ironclad.domain.load.load import Attempt, LoadResult
from ironclad.domain.slo.slo import Counts
from ironclad.domain.text.wording import count

LATE_SECONDS = 0.010
"""A request that left so much after its time is late (`LoadSecond.late` counts alike)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseImpact:
    """One phase as clients felt it; requests belong to the phase in which they were due."""

    name: PhaseName
    started_at: datetime
    ended_at: datetime | None
    counts: Counts
    error_interval: Interval | None
    latency: LatencyQuantiles | None
    answers: Mapping[str, int]
    """By status, and what came instead of one by its name; the most frequent first."""
    expected: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadImpact:
    """The whole load. Rates are per second; `offered` is what the pacer wanted to send."""

    offered: int
    offered_rate: float | None
    achieved_rate: float | None
    counts: Counts
    wrong: int
    late: int
    dropped: int
    unsent: int
    lateness_p99_seconds: float | None
    latency: LatencyQuantiles | None
    split: Mapping[str, int]
    """Answers of each replica; requests without an answer are not among them."""


def phase_impacts(evidence: Evidence) -> tuple[PhaseImpact, ...]:
    attempts = evidence.load.attempts if evidence.load else ()
    rows = attempt_stats.by_phase(attempts, evidence.phases)
    load = evidence.plan.experiment.load
    return tuple(_phase(span, rows[span.name], load) for span in evidence.phases)


def _phase(span: PhaseSpan, rows: Sequence[Attempt], load: Load) -> PhaseImpact:
    counts = attempt_stats.counts(rows)
    return PhaseImpact(
        name=span.name,
        started_at=span.started_at,
        ended_at=span.ended_at,
        counts=counts,
        error_interval=wilson(counts),
        latency=latency_quantiles(row.latency_seconds for row in rows),
        answers=answers(rows),
        expected=sum(is_expected(load, row) for row in rows),
    )


def load_impact(load: LoadResult | None) -> LoadImpact | None:
    if load is None:
        return None
    return LoadImpact(
        offered=load.offered,
        offered_rate=_rate(load, load.offered),
        achieved_rate=_rate(load, len(load.attempts)),
        counts=attempt_stats.counts(load.attempts),
        wrong=attempt_stats.wrong_answers(load.attempts),
        late=sum(row.sent_at - row.intended_at > LATE_SECONDS for row in load.attempts),
        dropped=load.dropped,
        unsent=load.unsent,
        lateness_p99_seconds=load.lateness_p99_seconds,
        latency=latency_quantiles(row.latency_seconds for row in load.attempts),
        split=Counter(row.replica for row in load.attempts if row.replica),
    )


def _rate(load: LoadResult, requests: int) -> float | None:
    """Count per second of the time in which requests were due, which the last answer outlasts."""
    if not load.attempts:
        return None
    last = max(row.intended_at for row in load.attempts)
    seconds = last - load.started_at.timestamp()
    return requests / seconds if seconds > 0 else None


CLIENTS = "clients"


def client_failures_check(evidence: Evidence, starvation: Starvation = CALM) -> Check | None:
    """None where the experiment sets no limit."""
    most = evidence.plan.experiment.expect.client_failures_at_most
    if most is None:
        return None
    if evidence.load is None:
        return unknown(CLIENTS, "how many failures the clients felt is not known")
    felt = attempt_stats.counts(evidence.load.attempts)
    words = f"clients felt {count(felt.bad)} failures in {count(felt.valid)} requests"
    if felt.bad > most:
        check = refuted(CLIENTS, f"{words}, more than the {count(most)} allowed")
        calm = attempt_stats.counts(starvation.calm(evidence.load.attempts))
        return check if calm.bad > most else excused(check, starvation)
    return shown(CLIENTS, f"{words}, within the {count(most)} allowed")
