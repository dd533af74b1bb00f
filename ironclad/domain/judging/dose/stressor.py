"""The dose of a stressor, by the kernel's account of its process.

A busy machine gives a burn less CPU than it asks for. Only a burn that hardly ran is no dose.
"""

from ironclad.domain.evidence.evidence import FaultRecord
from ironclad.domain.experiment.experiment import Fault
from ironclad.domain.faults.spec import Sign
from ironclad.domain.text.wording import duration

LEAST_CPU_RATIO = 0.1
_MIB = 1 << 20


def stressor_words(fault: Fault, record: FaultRecord, seconds: float | None) -> str:
    """Sum up what was seen of it; empty for other kinds."""
    if fault.kind.spec.sign is Sign.CPU_TIME and record.cpu_seconds is not None:
        used, asked = duration(record.cpu_seconds), duration(_asked_cpu(fault, record, seconds))
        return f"the fault {fault.id} burnt {used} of CPU of the {asked} asked for"
    if fault.kind.spec.sign is Sign.HELD_MEMORY and record.held_bytes is not None:
        return f"the fault {fault.id} held {record.held_bytes // _MIB} MiB on each target"
    return ""


def stressor_problem(fault: Fault, record: FaultRecord, seconds: float | None) -> str:
    if fault.kind.spec.sign is Sign.CPU_TIME:
        return _hardly_burnt(fault, record, seconds)
    if fault.kind.spec.sign is Sign.HELD_MEMORY:
        return _not_held(fault, record)
    return ""


def _hardly_burnt(fault: Fault, record: FaultRecord, seconds: float | None) -> str:
    asked = _asked_cpu(fault, record, seconds)
    if record.cpu_seconds is None:
        return f"how much CPU {fault.id} burnt is not known: its replicas could not be asked"
    if record.cpu_seconds >= LEAST_CPU_RATIO * asked:
        return ""
    used = duration(record.cpu_seconds)
    return f"the fault {fault.id} burnt {used} of CPU instead of {duration(asked)}"


def _asked_cpu(fault: Fault, record: FaultRecord, seconds: float | None) -> float:
    lasted = fault.duration.total_seconds() if seconds is None else seconds
    return (fault.cores or 0.0) * lasted * len(record.targets)


def _not_held(fault: Fault, record: FaultRecord) -> str:
    asked = fault.size_bytes or 0
    if record.held_bytes is None:
        return f"how much memory {fault.id} held is not known: its replicas could not be asked"
    if record.held_bytes >= asked:
        return ""
    held, wanted = record.held_bytes // _MIB, asked // _MIB
    return f"the fault {fault.id} held {held} MiB instead of {wanted} MiB"
