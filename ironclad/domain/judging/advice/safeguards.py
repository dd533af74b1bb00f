"""Did the safeguard do it? Judged from what was seen; what does not apply is never a pass."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from itertools import pairwise

from ironclad.domain.evidence import attempt_stats
from ironclad.domain.evidence.counters import Series
from ironclad.domain.evidence.evidence import Evidence, FaultRecord
from ironclad.domain.experiment.safeguards import (
    ALLOWED,
    BREAKER,
    CURRENT,
    EXPECTED,
    FORBIDDEN,
    LIVES,
    POLICY,
    TO,
    TRIED,
    WANTED,
    SafeguardName,
)
from ironclad.domain.faults.spec import Ending, FaultSpec
from ironclad.domain.judging.check import Answer, Check
from ironclad.domain.text.wording import counted, duration

AUTOSCALED_WITHIN = timedelta(minutes=2)
"""A pod has to be scheduled, started and ready; the autoscaler itself looks every 15 s."""

_CLOSED, _HALF_OPEN, _OPEN = 0.0, 1.0, 2.0


class SafeguardOutcome(StrEnum):
    HELD = "held"
    FAILED = "failed"
    NOT_APPLICABLE = "not_applicable"
    UNKNOWN = "unknown"


_ANSWERS = {SafeguardOutcome.HELD: Answer.SHOWN, SafeguardOutcome.FAILED: Answer.REFUTED}


@dataclass(frozen=True, slots=True, kw_only=True)
class SafeguardAssessment:
    """`observed` is what was seen, or why nothing was."""

    name: str
    expected: str
    observed: str | None
    outcome: str

    @property
    def check(self) -> Check:
        """Only what was seen to hold is a pass: neither what does not apply nor what is unknown."""
        sentence = self.observed or f"nothing observed the safeguard {self.name!r}"
        answer = _ANSWERS.get(SafeguardOutcome(self.outcome), Answer.UNKNOWN)
        return Check(f"safeguard {self.name}", answer, f"{self.name}: {sentence}")


@dataclass(frozen=True, slots=True)
class _Seen:
    outcome: SafeguardOutcome
    sentence: str


def assess_safeguards(evidence: Evidence) -> tuple[SafeguardAssessment, ...]:
    return tuple(_assess(evidence, name) for name in evidence.plan.experiment.expect.safeguards)


def _assess(evidence: Evidence, name: str) -> SafeguardAssessment:
    rule = _RULES.get(name)
    seen = rule(evidence) if rule else None
    return SafeguardAssessment(
        name=name,
        expected=EXPECTED.get(name, name),
        observed=seen.sentence if seen else None,
        outcome=seen.outcome if seen else SafeguardOutcome.NOT_APPLICABLE,
    )


def _held(sentence: str) -> _Seen:
    return _Seen(SafeguardOutcome.HELD, sentence)


def _failed(sentence: str) -> _Seen:
    return _Seen(SafeguardOutcome.FAILED, sentence)


def _unknown(sentence: str) -> _Seen:
    return _Seen(SafeguardOutcome.UNKNOWN, sentence)


def _not_applicable(sentence: str) -> _Seen:
    return _Seen(SafeguardOutcome.NOT_APPLICABLE, sentence)


def _budget_refuses(evidence: Evidence) -> _Seen:
    kinds = {planned.fault.id: planned.fault.kind for planned in evidence.plan.faults}
    evicted = [
        one
        for one in evidence.faults
        if one.id in kinds and kinds[one.id].spec.ending is Ending.EVICTED
    ]
    if not evicted:
        return _not_applicable("no fault of this experiment evicts a replica")
    if undue := next((one.undue for one in evicted if one.undue), ""):
        return _failed(undue)
    refused = [name for one in evicted for name in one.refused]
    if refused:
        return _held(f"the eviction of {', '.join(refused)} was refused")
    if any(one.armed_at is None for one in evicted):
        return _unknown("no eviction was asked for")
    return _not_applicable("no eviction was one too many: aim at more replicas")


def _breaker_cycles(evidence: Evidence) -> _Seen:
    series = evidence.observed.get(BREAKER)
    if not series:
        return _unknown("Prometheus has no sample of the breaker's state")
    states = [_changes(one) for one in series]
    breakers = [seen for seen in states if _OPEN in seen]
    if not breakers:
        return _failed(f"the breaker of none of {counted(len(states), 'replica')} opened")
    for seen in breakers:
        after = seen[seen.index(_OPEN) :]
        if after[-1] != _CLOSED:
            return _failed("a breaker that opened was not closed again at the end")
        if _is_out_of_order(after):
            return _failed("a breaker tried again without having been open before")
    return _held(f"{counted(len(breakers), 'breaker')} opened, and closed again in the end")


def _is_out_of_order(states: list[float]) -> bool:
    """From closed it may only open. That it tried lasts milliseconds, and scrapes may miss it."""
    return any(before == _CLOSED and after == _HALF_OPEN for before, after in pairwise(states))


def _changes(series: Series) -> list[float]:
    """Give the values in order, each run of equal ones once."""
    values = [sample.value for sample in series.samples]
    return [b for a, b in pairwise([None, *values]) if b is not None and a != b]


def _leaves_first(evidence: Evidence) -> _Seen:
    kinds = {planned.fault.id: planned.fault.kind for planned in evidence.plan.faults}
    leaving = [
        one for one in evidence.faults if one.id in kinds and kinds[one.id].spec.says_not_ready
    ]
    if not leaving:
        return _not_applicable("no fault of this experiment makes a replica leave in good order")
    if evidence.load is None or any(one.armed_at is None for one in leaving):
        return _unknown("no replica was seen to leave under load")
    failed = sum(_failures(evidence, one) for one in leaving)
    names = ", ".join(name for one in leaving for name in one.targets)
    if failed:
        return _failed(f"{counted(failed, 'request')} failed while {names} left")
    late = [_asked_too_late(evidence, one, kinds[one.id].spec) for one in leaving]
    if any(late):
        return _failed("; ".join(filter(None, late)))
    return _held(f"no request failed while {names} left")


def _failures(evidence: Evidence, record: FaultRecord) -> int:
    """Count what failed at a leaving replica, or on the way to one, while it was leaving."""
    if evidence.load is None or record.armed_at is None:
        return 0
    end = (record.undone_at or evidence.finished_at).timestamp()
    rows = attempt_stats.within(evidence.load.attempts, record.armed_at.timestamp(), end)
    return sum(row.is_bad and row.replica in {"", *record.targets} for row in rows)


def _asked_too_late(evidence: Evidence, record: FaultRecord, spec: FaultSpec) -> str:
    """A replica under `not-ready` stays; if it is still asked after a while, nothing noticed."""
    noticed = spec.noticed_on(evidence.plan.stack.spec)
    if spec.is_instant or noticed is None or evidence.load is None or record.armed_at is None:
        return ""
    start = (record.armed_at + noticed).timestamp()
    end = (record.undone_at or evidence.finished_at).timestamp()
    answered = {row.replica for row in attempt_stats.within(evidence.load.attempts, start, end)}
    late = ", ".join(name for name in record.targets if name in answered)
    return f"{late} still got requests {duration(noticed)} after it was not ready" if late else ""


def _no_loop(evidence: Evidence) -> _Seen:
    series = evidence.observed.get(LIVES)
    if not series:
        return _unknown("Prometheus has no sample of when the replicas started")
    allowed = _ends_by_replica(evidence)
    for one in series:
        name, restarts = one.label("pod"), len(_changes(one)) - 1
        if restarts > allowed.get(name, 0):
            meant = counted(allowed.get(name, 0), "end")
            return _failed(f"{name} restarted {restarts} times, and {meant} was meant")
    return _held(f"{counted(len(series), 'replica')} never restarted unasked")


def _ends_by_replica(evidence: Evidence) -> dict[str, int]:
    """A fault that ends its target may restart it once, under the same name."""
    ends: dict[str, int] = {}
    for planned in evidence.plan.faults:
        record = next((one for one in evidence.faults if one.id == planned.fault.id), None)
        if not planned.fault.kind.spec.ends_replicas:
            continue
        for name in record.targets if record else ():
            ends[name] = ends.get(name, 0) + 1
    return ends


def _autoscaled(evidence: Evidence) -> _Seen:
    wanted, current = evidence.observed.get(WANTED), evidence.observed.get(CURRENT)
    if not wanted or not current:
        return _not_applicable("there is no autoscaler, or nothing that tells of it")
    most = max(sample.value for one in wanted for sample in one.samples)
    asked = next(s.at for one in wanted for s in one.samples if s.value == most)
    if most <= wanted[0].samples[0].value:
        return _not_applicable("the autoscaler never wanted more replicas")
    there = [s.at for one in current for s in one.samples if s.value >= most and s.at >= asked]
    if not there:
        return _failed(f"the autoscaler wanted {most:g} replicas, and they never came")
    taken = min(there) - asked
    sentence = f"{most:g} replicas were there {duration(taken)} after the autoscaler wanted them"
    return _held(sentence) if taken <= AUTOSCALED_WITHIN.total_seconds() else _failed(sentence)


def _denied(evidence: Evidence) -> _Seen:
    """A denial shows nothing where not even what is allowed goes through."""
    tried = evidence.observed.get(TRIED)
    if not tried:
        return _untried(evidence)
    if stood := _to(tried, FORBIDDEN, reached=True):
        return _failed(f"no policy allows a connection from the load to {stood}, and it stood")
    if cut := _to(tried, ALLOWED, reached=False):
        return _unknown(f"the load could not even reach {cut}, which the policies allow")
    denied, allowed = _to(tried, FORBIDDEN, reached=False), _to(tried, ALLOWED, reached=True)
    return _held(f"the load could not reach {denied}, and could reach {allowed}")


def _untried(evidence: Evidence) -> _Seen:
    sentence = "tried a connection that no policy allows"
    if gap := next((gap for gap in evidence.gaps if "connection could be tried" in gap), ""):
        return _unknown(gap)
    return _not_applicable(f"nothing on {evidence.plan.stack.platform} {sentence}")


def _to(tried: Sequence[Series], policy: str, *, reached: bool) -> str:
    found = [one for one in tried if one.label(POLICY) == policy]
    return ", ".join(one.label(TO) for one in found if bool(one.samples[-1].value) is reached)


def _masks(evidence: Evidence) -> _Seen:
    """Retries, hedges and caches hide a fault; they may do so with right answers alone."""
    rows = evidence.load.attempts if evidence.load else ()
    touched = [row for row in rows if row.fault]
    if not touched:
        return _not_applicable("no fault has touched an answer")
    bad = sum(row.is_bad for row in touched)
    if bad:
        return _failed(f"{counted(bad, 'answer')} of {len(touched)} that a fault touched were bad")
    return _held(f"all {counted(len(touched), 'answer')} that a fault touched were right")


_RULES: dict[str, Callable[[Evidence], _Seen]] = {
    SafeguardName.PDB_REFUSES: _budget_refuses,
    SafeguardName.BREAKER_OPENS_AND_CLOSES: _breaker_cycles,
    SafeguardName.READINESS_BEFORE_ERRORS: _leaves_first,
    SafeguardName.NO_RESTART_LOOP: _no_loop,
    SafeguardName.AUTOSCALER_REACHES: _autoscaled,
    SafeguardName.NETWORK_POLICY_DENIES: _denied,
    SafeguardName.MASKS_FAILURES: _masks,
}
