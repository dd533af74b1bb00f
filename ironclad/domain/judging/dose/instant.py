"""Was an instant what was asked for: did each target end, and was the platform whole in time?

That it takes its time is no other dose but what the platform did: seen to be late, it is shown
false. Not seen in time, by a platform that could not be asked, it is not known.
"""

from ironclad.domain.evidence.evidence import FaultRecord
from ironclad.domain.experiment.experiment import Fault
from ironclad.domain.judging.check import Check, refuted, shown, unknown
from ironclad.domain.text.wording import duration

LOOKED_LATE_SECONDS = 3.0
"""So much later than it happened may it be seen: a pass of the guard and a busy machine."""


def seconds_until_back(record: FaultRecord) -> float | None:
    """Count from the termination until the platform had all its replicas back and ready."""
    if record.armed_at is None or record.undone_at is None:
        return None
    return (record.undone_at - record.armed_at).total_seconds()


def instant_check(fault: Fault, record: FaultRecord) -> Check:
    subject, seconds = f"fault {fault.id}", seconds_until_back(record)
    if record.undue:
        return refuted(subject, record.undue)
    if record.seen_at is not None and record.overdue:
        return refuted(subject, _late(fault, record, seconds))
    problem = _never(fault, record) or _not_known(fault, record, seconds)
    if problem or seconds is None:
        return unknown(subject, problem)
    back = f"all replicas were back and ready {duration(seconds)} after that"
    return shown(subject, f"{_ended(record)}, and {back}")


def _ended(record: FaultRecord) -> str:
    """A disruption budget that refuses the one too many does what it is there for."""
    gone = [name for name in record.targets if name not in record.refused]
    parts = [f"{', '.join(gone)} really ended"] if gone else []
    if record.refused:
        parts.append(f"the eviction of {', '.join(record.refused)} was refused, as it should be")
    return ", ".join(parts)


def _late(fault: Fault, record: FaultRecord, seconds: float | None) -> str:
    names, asked = ", ".join(record.targets), duration(fault.duration)
    but = "" if seconds is None else f", but after {duration(seconds)}"
    return f"{names} ended, and not within {asked}{but} were all replicas back{_because(record)}"


def _never(fault: Fault, record: FaultRecord) -> str:
    if record.armed_at is None:
        return f"{fault.id} was never applied{_because(record)}"
    if record.lapsed:
        return f"the lease of {fault.id} lapsed while it was wanted{_because(record)}"
    if record.seen_at is None:
        return f"{fault.id} was not seen to end {', '.join(record.targets)}{_because(record)}"
    return ""


def _not_known(fault: Fault, record: FaultRecord, seconds: float | None) -> str:
    asked = fault.duration.total_seconds()
    if seconds is not None and seconds <= asked + LOOKED_LATE_SECONDS:
        return ""
    return f"whether all replicas were back within {duration(asked)} is not known{_because(record)}"


def _because(record: FaultRecord) -> str:
    return f": {record.problem}" if record.problem else ""
