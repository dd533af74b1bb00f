"""Was the fault what was asked for? The replica's own count is exact; the client confirms it.

A share is exact on each replica: after n requests n × share ± 1 were hit. What clients have to
have seen of it depends on the kind:

- latency, error: as large a share of the targets' answers carries the fault's mark and its effect;
- hang, connection-reset: that share of the targets' requests got a late answer with the mark, or no
  replica's answer. The latter are transport errors, timeouts and a balancer's own 5xx. They name no
  replica, so more of them is no proof against the fault, less is;
- database-slow, database-error, breaker-open: answers with the mark and the effect there must be;
- cpu-burn, memory-pressure: no request tells of them; the kernel's account of the process does.

A marked answer without the effect is one whose fault the service hid: such a dose is not held.
For instants `instant` has rules of its own.
"""

import math
from dataclasses import dataclass
from datetime import datetime

from ironclad.domain.evidence.evidence import Evidence, FaultRecord
from ironclad.domain.experiment.experiment import Fault
from ironclad.domain.experiment.plan import PlannedFault
from ironclad.domain.experiment.safeguards import SafeguardName
from ironclad.domain.faults.spec import Sign
from ironclad.domain.judging.check import Answer, Check, shown, unknown
from ironclad.domain.judging.dose.instant import instant_check
from ironclad.domain.judging.dose.measured import (
    MeasuredDose,
    measured_dose,
    stressor_problem,
    stressor_words,
)
from ironclad.domain.judging.dose.shown_effect import effect_words
from ironclad.domain.text.wording import count, duration, percent

SECONDS_OFF_AT_MOST = 3.0
RATIO_OFF_AT_MOST = 0.1
"""How far the time between arming and undoing may be from what was asked: the larger of both."""

_SIGMAS = 4.0


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
    targets = planned.target_names
    record = next((r for r in evidence.faults if r.id == planned.fault.id), None)
    record = record or FaultRecord(id=planned.fault.id, targets=targets)
    measured = measured_dose(evidence, planned.fault, record)
    if SafeguardName.MASKS_FAILURES in evidence.plan.experiment.expect.safeguards:
        measured = measured.taken_as_marked
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
    if fault.kind.spec.is_instant:
        return instant_check(fault, record)
    if problem := _problem(fault, record, measured):
        return unknown(subject, problem)
    return shown(subject, _held(fault, record, measured) + _cut(record))


def _held(fault: Fault, record: FaultRecord, measured: MeasuredDose) -> str:
    if words := stressor_words(fault, record, measured.seconds):
        return words
    if not fault.kind.spec.counts_hits or measured.share is None:
        return f"the fault {record.id} was seen to work"
    share, seen = percent(measured.share), count(measured.seen or 0)
    return f"the fault {record.id} hit {share} of {seen} {fault.kind.spec.units}"


def _cut(record: FaultRecord) -> str:
    """Say where it went with a process that the plan itself ended."""
    names = ", ".join(sorted(record.cut))
    return f", and ended with the process of {names}, as planned" if names else ""


def _problem(fault: Fault, record: FaultRecord, measured: MeasuredDose) -> str:
    """Say why the dose is not known to be what was asked for; empty when it is."""
    if record.armed_at is None:
        return f"the fault {fault.id} was never armed{_because(record)}"
    if record.lapsed:
        return f"the fault {fault.id} lapsed while it was wanted{_because(record)}"
    if record.undone_at is None:
        return f"the fault {fault.id} was not seen to be undone{_because(record)}"
    if record.seen_at is None and fault.share > 0:
        return f"the fault {fault.id} was not seen to work"
    return (
        _wrong_length(fault, record, measured)
        or stressor_problem(fault, record, measured.seconds)
        or _wrong_share(fault, record, measured)
    )


def _because(record: FaultRecord) -> str:
    return f": {record.problem}" if record.problem else ""


def _wrong_length(fault: Fault, record: FaultRecord, measured: MeasuredDose) -> str:
    """Where the plan itself ended every target, that is when it ended."""
    if record.targets and record.cut.keys() >= set(record.targets):
        return ""
    asked, seconds = fault.duration.total_seconds(), measured.seconds
    if seconds is None:
        return f"how long the fault {fault.id} lasted is not known, for want of a load ledger"
    if abs(seconds - asked) <= max(SECONDS_OFF_AT_MOST, RATIO_OFF_AT_MOST * asked):
        return ""
    return f"the fault {fault.id} lasted {duration(seconds)} instead of {duration(asked)}"


def _wrong_share(fault: Fault, record: FaultRecord, measured: MeasuredDose) -> str:
    spec = fault.kind.spec
    is_nothing_asked = spec.counts_hits and not fault.share
    if spec.marks_some and not measured.marked and not is_nothing_asked:
        hidden = _hidden(fault, measured)
        return hidden or f"no client saw an answer that {fault.id} had touched"
    if not spec.counts_hits:
        return ""
    if problem := _wrong_tally(fault, record):
        return problem
    unconfirmed = "" if spec.marks_some else _unconfirmed(fault, measured)
    return unconfirmed or _too_fast(fault, measured)


def _wrong_tally(fault: Fault, record: FaultRecord) -> str:
    if record.seen is None or record.hit is None:
        return f"what {fault.id} hit is not known: its replicas could not be asked"
    if not record.seen:
        return f"the fault {fault.id} saw no {fault.kind.spec.unit}, so it tested nothing"
    if abs(record.hit - record.seen * fault.share) <= len(record.targets):
        return ""
    got, asked = percent(record.hit / record.seen), percent(fault.share)
    seen = f"{count(record.seen)} {fault.kind.spec.units}"
    return f"the fault {fault.id} hit {got} of {seen} instead of {asked}"


def _unconfirmed(fault: Fault, measured: MeasuredDose) -> str:
    """The client must have seen about the same; others' requests may take their turn in between."""
    answered, marked = measured.answered or 0, measured.marked or 0
    if not answered:
        return f"no client reached the replicas of {fault.id} while it was armed"
    spread = math.sqrt(answered * fault.share * (1 - fault.share))
    allowed = _SIGMAS * spread + 2 * max(1, round(0.001 * answered))
    off, is_unanswered = marked - answered * fault.share, fault.kind.spec.sign is Sign.NO_ANSWER
    if -allowed <= off and (off <= allowed or is_unanswered):
        return ""
    if hidden := _hidden(fault, measured):
        return hidden
    got, asked = percent(marked / answered), percent(fault.share)
    what = "requests" if is_unanswered else "answers"
    return f"clients saw {fault.id} on {got} of {count(answered)} {what} instead of {asked}"


def _hidden(fault: Fault, measured: MeasuredDose) -> str:
    if not measured.hidden:
        return ""
    hidden, touched = measured.hidden, measured.hidden + (measured.marked or 0)
    return (
        f"the service hid {fault.id}: {count(hidden)} of {count(touched)} answers that it touched"
        f" did not show {effect_words(fault)}"
    )


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
