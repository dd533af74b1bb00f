"""Is the service well again? Proven with enough requests after the fault was gone, or not at all.

The rule: from the moment at which every replica was seen fault-free, one unbroken stretch of good
answers. It is long enough to show the strictest objective with 95 % confidence (2,995 for 99.9 %).
Its 95th percentile of latency is at most three times the baseline's plus 100 ms, which a busy
machine takes by itself.
"""

import math
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from ironclad.domain.evidence import attempt_stats
from ironclad.domain.evidence.evidence import Evidence
from ironclad.domain.evidence.intervals import requests_to_show, wilson
from ironclad.domain.evidence.journal import PhaseName
from ironclad.domain.evidence.quantiles import nearest_rank
from ironclad.domain.experiment.expected_answer import answers, is_expected, mix
from ironclad.domain.experiment.experiment import Load
from ironclad.domain.judging.check import Check, refuted, shown, unknown
from ironclad.domain.judging.starvation import CALM, Starvation, excused
from ironclad.domain.load.load import Attempt
from ironclad.domain.slo.slo import Counts
from ironclad.domain.text.wording import count, duration, percent

SUBJECT = "recovery"
TIMES_BASELINE = 3.0
PLUS_SECONDS = 0.100
SLOW_RATIO = 0.05
"""What lies beyond a 95th percentile."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecoveryProof:
    """`proven` is None while neither is shown. `seconds` count from the first fault's effect.

    `recovered_at` is when the service was well again, as the later proof shows. Then every fault
    was gone, and no unexpected answer came after it.
    """

    proven: bool | None
    proven_at: datetime | None
    seconds: float | None
    recovered_at: datetime | None
    recovered_seconds: float | None
    requests_needed: int | None
    latency_limit_seconds: float | None
    check: Check


@dataclass(frozen=True, slots=True)
class _Bar:
    """What has to be reached: so many good answers in a row, so few of them slower than that."""

    target: float
    requests: int
    limit_seconds: float
    load: Load

    @property
    def slow_allowed(self) -> int:
        return self.requests - math.ceil(round((1 - SLOW_RATIO) * self.requests, 6))


def prove_recovery(evidence: Evidence, starvation: Starvation = CALM) -> RecoveryProof:
    bar = _bar(evidence)
    if isinstance(bar, str):
        return _proof(None, unknown(SUBJECT, bar))
    since = evidence.fault_free.confirmed_at if evidence.fault_free else None
    rows = _rows_since(evidence, since or _recovery_began(evidence))
    proven_at = _proven_at(rows, bar) if since else None
    setback = _without_the_machine(_setback(rows, bar), rows, bar, starvation)
    if setback is not None or proven_at is None:
        return _proof(bar, setback or unknown(SUBJECT, _too_little(evidence, rows, bar)))
    times = _Times(_first_effect(evidence), _recovered_at(evidence, proven_at), proven_at)
    return _proof(bar, _proven(bar, times), times)


@dataclass(frozen=True, slots=True)
class _Times:
    """When the first fault took effect, when that was over, and when that was proven."""

    effect: datetime | None = None
    recovered: datetime | None = None
    proven: datetime | None = None

    def since_effect(self, moment: datetime | None) -> float | None:
        if self.effect is None or moment is None:
            return None
        return max(0.0, (moment - self.effect).total_seconds())


def _proof(bar: _Bar | None, check: Check, times: _Times = _Times()) -> RecoveryProof:
    return RecoveryProof(
        proven=check.answer.known,
        proven_at=times.proven,
        seconds=times.since_effect(times.proven),
        recovered_at=times.recovered,
        recovered_seconds=times.since_effect(times.recovered),
        requests_needed=bar.requests if bar else None,
        latency_limit_seconds=bar.limit_seconds if bar else None,
        check=check,
    )


def _bar(evidence: Evidence) -> _Bar | str:
    """Give the bar, or say why there is none."""
    if evidence.load is None:
        return "recovery is not known, for want of a load ledger"
    targets = [o.target for o in evidence.plan.objectives if o.counts_failures]
    if not targets:
        return "recovery cannot be judged without an objective on availability"
    quiet = attempt_stats.by_phase(evidence.load.attempts, evidence.phases).get(
        PhaseName.BASELINE, ()
    )
    p95 = nearest_rank(sorted(row.latency_seconds for row in quiet), 1 - SLOW_RATIO)
    if p95 is None:
        return "recovery cannot be judged without a baseline"
    strictest = max(targets)
    limit = TIMES_BASELINE * p95 + PLUS_SECONDS
    return _Bar(strictest, requests_to_show(strictest), limit, evidence.plan.experiment.load)


def _recovery_began(evidence: Evidence) -> datetime | None:
    spans = [span for span in evidence.phases if span.name is PhaseName.RECOVERY]
    return spans[-1].started_at if spans else None


def _rows_since(evidence: Evidence, since: datetime | None) -> list[Attempt]:
    if since is None or evidence.load is None:
        return []
    rows = attempt_stats.within(evidence.load.attempts, since.timestamp(), math.inf)
    return sorted(rows, key=lambda row: row.intended_at)


def _proven_at(rows: Sequence[Attempt], bar: _Bar) -> datetime | None:
    """Walk the rows once; what was not expected begins the stretch anew, a slow one leaves it."""
    stretch: deque[Attempt] = deque(maxlen=bar.requests)
    slow = 0
    for row in rows:
        if not is_expected(bar.load, row):
            stretch.clear()
            slow = 0
            continue
        if len(stretch) == bar.requests:
            slow -= stretch[0].latency_seconds > bar.limit_seconds
        stretch.append(row)
        slow += row.latency_seconds > bar.limit_seconds
        if len(stretch) == bar.requests and slow <= bar.slow_allowed:
            return datetime.fromtimestamp(max(each.answered_at for each in stretch), UTC)
    return None


def _first_effect(evidence: Evidence) -> datetime | None:
    seen = [record.seen_at for record in evidence.faults if record.seen_at is not None]
    return min(seen, default=None)


def _recovered_at(evidence: Evidence, proven_at: datetime) -> datetime | None:
    """None where it is not known when a fault was gone."""
    gone = [record.undone_at for record in evidence.faults if record.armed_at is not None]
    known = [at for at in gone if at is not None]
    effect, load = _first_effect(evidence), evidence.plan.experiment.load
    if effect is None or not gone or len(known) < len(gone) or evidence.load is None:
        return None
    rows = attempt_stats.within(evidence.load.attempts, effect.timestamp(), proven_at.timestamp())
    bad = max((row.answered_at for row in rows if not is_expected(load, row)), default=0.0)
    return max(*known, datetime.fromtimestamp(bad, UTC))


def _proven(bar: _Bar, times: _Times) -> Check:
    recovered, proven = times.since_effect(times.recovered), times.since_effect(times.proven)
    back = f"the service recovered within {duration(recovered)}, and " if recovered else ""
    when = "" if proven is None else f" {duration(proven)} after the fault took effect"
    return shown(
        SUBJECT, f"{back}recovery was proven{when}, by {count(bar.requests)} good answers in a row"
    )


def _setback(rows: Sequence[Attempt], bar: _Bar) -> Check | None:
    """Say that the last answers show it to be unwell, however well it was in between."""
    last = rows[-bar.requests :]
    bad = Counts(len(last), sum(row.is_bad for row in last))
    slow = Counts(len(last), sum(row.latency_seconds > bar.limit_seconds for row in last))
    if _is_worse(bad, 1 - bar.target):
        ratio = percent(bad.bad / bad.valid)
        return refuted(
            SUBJECT, f"the service did not recover: {ratio} of the last answers were bad"
        )
    if _is_worse(slow, SLOW_RATIO):
        limit, ratio = duration(bar.limit_seconds), percent(slow.bad / slow.valid)
        sentence = f"the service did not recover: {ratio} of the last answers took over {limit}"
        return refuted(SUBJECT, sentence)
    return None


def _without_the_machine(
    setback: Check | None, rows: Sequence[Attempt], bar: _Bar, starvation: Starvation
) -> Check | None:
    """A setback counts where it stands without what the machine kept back."""

    def is_unwell(row: Attempt) -> bool:
        return row.is_bad or row.latency_seconds > bar.limit_seconds

    if setback is None or not starvation.explains(rows, is_unwell):
        return setback
    return setback if _setback(starvation.calm(rows), bar) else excused(setback, starvation)


def _is_worse(counts: Counts, allowed: float) -> bool:
    interval = wilson(counts)
    return interval is not None and interval.low > allowed


def _too_little(evidence: Evidence, rows: Sequence[Attempt], bar: _Bar) -> str:
    fault_free = evidence.fault_free
    if fault_free is None or fault_free.confirmed_at is None:
        because = f": {fault_free.problem}" if fault_free and fault_free.problem else ""
        return f"the replicas were not seen to be fault-free{because}"
    others = [row for row in rows if not is_expected(bar.load, row)]
    came = f": {mix(answers(others))}" if others else ""
    return (
        f"recovery is not proven: it takes {count(bar.requests)} good answers in a row, and after"
        f" the undo came {count(len(rows))}, {count(len(others))} of them not good{came}"
    )
