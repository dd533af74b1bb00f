"""Was the fault what was asked for? The replica's own count is exact; the client's marks confirm.

A share is exact on each replica: after n requests n × share ± 1 were hit. For instants `instant`
has rules of its own.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from ironclad.domain import ledger
from ironclad.domain.evidence import Evidence, FaultRecord
from ironclad.domain.experiment import Fault, FaultKind
from ironclad.domain.journal import PhaseName
from ironclad.domain.judging.check import Answer, Check, shown, unknown
from ironclad.domain.judging.instant import instant_check, seconds_until_back
from ironclad.domain.judging.wording import count, duration, percent
from ironclad.domain.load import Attempt
from ironclad.domain.plan import PlannedFault
from ironclad.domain.quantiles import nearest_rank

SHARED_KINDS = frozenset({FaultKind.ERROR, FaultKind.LATENCY})
"""Kinds that hit a share of the requests, count what they hit and mark its answers."""

SECONDS_OFF_AT_MOST = 3.0
RATIO_OFF_AT_MOST = 0.1
"""How far the time between arming and undoing may be from what was asked: the larger of both."""

_SIGMAS = 4.0


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasuredDose:
    """`seen` requests reached the fault and `hit` were touched, by the replicas' own count.

    `answered` and `marked` are the client's count of the same; `delay_seconds` is by how much the
    median of the marked requests was slower than the baseline's.
    """

    seen: int | None = None
    hit: int | None = None
    answered: int | None = None
    marked: int | None = None
    seconds: float | None = None
    delay_seconds: float | None = None

    @property
    def share(self) -> float | None:
        return self.hit / self.seen if self.hit is not None and self.seen else None


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultAssessment:
    fault: Fault
    targets: tuple[str, ...]
    measured: MeasuredDose
    armed_at: datetime | None
    seen_at: datetime | None
    undone_at: datetime | None
    check: Check

    @property
    def is_held(self) -> bool:
        return self.check.answer is Answer.SHOWN


def assess_faults(evidence: Evidence) -> tuple[FaultAssessment, ...]:
    return tuple(_assess(evidence, planned) for planned in evidence.plan.faults)


def _assess(evidence: Evidence, planned: PlannedFault) -> FaultAssessment:
    targets = tuple(replica.name for replica in planned.targets)
    record = next((r for r in evidence.faults if r.id == planned.fault.id), None)
    record = record or FaultRecord(id=planned.fault.id, targets=targets)
    measured = _measured(evidence, planned.fault, record)
    return FaultAssessment(
        fault=planned.fault,
        targets=record.targets,
        measured=measured,
        armed_at=record.armed_at,
        seen_at=record.seen_at,
        undone_at=record.undone_at,
        check=_check(planned.fault, record, measured),
    )


def _check(fault: Fault, record: FaultRecord, measured: MeasuredDose) -> Check:
    subject = f"fault {fault.id}"
    if fault.kind.is_instant:
        return instant_check(fault, record)
    if problem := _problem(fault, record, measured):
        return unknown(subject, problem)
    return shown(subject, _held(record, measured))


def _held(record: FaultRecord, measured: MeasuredDose) -> str:
    if measured.share is None:
        return f"the fault {record.id} was seen to work"
    share, seen = percent(measured.share), count(measured.seen or 0)
    return f"the fault {record.id} hit {share} of {seen} requests"


def _measured(evidence: Evidence, fault: Fault, record: FaultRecord) -> MeasuredDose:
    if fault.kind.is_instant:
        return MeasuredDose(seconds=seconds_until_back(record))
    if record.armed_at is None or record.undone_at is None or evidence.load is None:
        return MeasuredDose(seen=record.seen, hit=record.hit)
    start, end = record.armed_at.timestamp(), record.undone_at.timestamp()
    client = ledger.dose(evidence.load.attempts, fault.id, record.targets, start, end)
    return MeasuredDose(
        seen=record.seen,
        hit=record.hit,
        answered=client.answered,
        marked=client.marked,
        seconds=end - start,
        delay_seconds=_delay(evidence, fault),
    )


def _delay(evidence: Evidence, fault: Fault) -> float | None:
    if fault.kind is not FaultKind.LATENCY or evidence.load is None:
        return None
    attempts = evidence.load.attempts
    marked = _median(row for row in attempts if row.is_marked(fault.id))
    quiet = ledger.by_phase(attempts, evidence.phases).get(PhaseName.BASELINE, ())
    before = _median(quiet)
    return None if marked is None or before is None else marked - before


def _median(rows: Iterable[Attempt]) -> float | None:
    return nearest_rank(sorted(row.latency_seconds for row in rows), 0.5)


def _problem(fault: Fault, record: FaultRecord, measured: MeasuredDose) -> str:
    """Say why the dose is not known to be what was asked for; empty when it is."""
    if record.armed_at is None:
        return f"the fault {fault.id} was never armed{_because(record)}"
    if record.lapsed:
        return f"the lease of {fault.id} lapsed while it was wanted{_because(record)}"
    if record.undone_at is None:
        return f"the fault {fault.id} was not seen to be undone{_because(record)}"
    if record.seen_at is None and fault.share > 0:
        return f"the fault {fault.id} was not seen to work"
    return _wrong_length(fault, measured) or _wrong_share(fault, record, measured)


def _because(record: FaultRecord) -> str:
    return f": {record.problem}" if record.problem else ""


def _wrong_length(fault: Fault, measured: MeasuredDose) -> str:
    asked, seconds = fault.duration.total_seconds(), measured.seconds
    if seconds is None:
        return f"how long the fault {fault.id} lasted is not known, for want of a load ledger"
    if abs(seconds - asked) <= max(SECONDS_OFF_AT_MOST, RATIO_OFF_AT_MOST * asked):
        return ""
    return f"the fault {fault.id} lasted {duration(seconds)} instead of {duration(asked)}"


def _wrong_share(fault: Fault, record: FaultRecord, measured: MeasuredDose) -> str:
    if fault.kind is FaultKind.BREAKER_OPEN and not measured.marked:
        return f"no client saw an answer that {fault.id} had touched"
    if fault.kind not in SHARED_KINDS:
        return ""
    if record.seen is None or record.hit is None:
        return f"what {fault.id} hit is not known: its replicas could not be asked"
    if not record.seen:
        return f"the fault {fault.id} saw no request, so it tested nothing"
    if abs(record.hit - record.seen * fault.share) > len(record.targets):
        got, asked = percent(record.hit / record.seen), percent(fault.share)
        return f"the fault {fault.id} hit {got} of {count(record.seen)} requests instead of {asked}"
    return _unconfirmed(fault, measured) or _too_fast(fault, measured)


def _unconfirmed(fault: Fault, measured: MeasuredDose) -> str:
    """The client must have seen about the same; others' requests may take their turn in between."""
    answered, marked = measured.answered or 0, measured.marked or 0
    if not answered:
        return f"no client reached the replicas of {fault.id} while it was armed"
    spread = math.sqrt(answered * fault.share * (1 - fault.share))
    allowed = _SIGMAS * spread + 2 * max(1, round(0.001 * answered))
    if abs(marked - answered * fault.share) <= allowed:
        return ""
    got, asked = percent(marked / answered), percent(fault.share)
    return f"clients saw {fault.id} on {got} of {count(answered)} answers instead of {asked}"


def _too_fast(fault: Fault, measured: MeasuredDose) -> str:
    """A delay is spread evenly around what was asked; clients feel it and more."""
    if fault.delay is None or not fault.share:
        return ""
    if measured.delay_seconds is None:
        return f"how much {fault.id} delayed is not known"
    least = 0.9 * fault.delay.total_seconds()
    if measured.delay_seconds >= least:
        return ""
    got, asked = duration(measured.delay_seconds), duration(fault.delay)
    return f"the fault {fault.id} delayed by {got} instead of {asked}"
