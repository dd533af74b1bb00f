"""What each side saw of a fault: the replicas' tally, the clients' rows, the kernel's account."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from ironclad.domain.evidence import attempt_stats
from ironclad.domain.evidence.evidence import Evidence, FaultRecord
from ironclad.domain.evidence.journal import PhaseName
from ironclad.domain.evidence.quantiles import nearest_rank
from ironclad.domain.experiment.experiment import Fault
from ironclad.domain.faults.spec import Sign
from ironclad.domain.judging.dose.instant import seconds_until_back
from ironclad.domain.judging.dose.shown_effect import shows
from ironclad.domain.load.load import Attempt
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


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasuredDose:
    """`seen` requests (or queries) reached the fault and `hit` were touched, by their own count.

    `answered` and `marked` are the client's count of the same. For a fault that leaves no answers,
    the missing ones count. `hidden` are answers with the mark and no effect. `delay_seconds` is by
    how much the median of the marked requests was slower than the baseline's. A stressor used
    `cpu_seconds` on all targets together, and held `held_bytes` on each at least.
    """

    seen: int | None = None
    hit: int | None = None
    answered: int | None = None
    marked: int | None = None
    hidden: int | None = None
    seconds: float | None = None
    delay_seconds: float | None = None
    cpu_seconds: float | None = None
    held_bytes: int | None = None

    @property
    def taken_as_marked(self) -> "MeasuredDose":
        """Count what was hidden as what it is where a safeguard should hide it: a dose."""
        return replace(self, marked=(self.marked or 0) + (self.hidden or 0), hidden=0)

    @property
    def share(self) -> float | None:
        return self.hit / self.seen if self.hit is not None and self.seen else None


def measured_dose(evidence: Evidence, fault: Fault, record: FaultRecord) -> MeasuredDose:
    if fault.kind.spec.is_instant:
        return MeasuredDose(seconds=seconds_until_back(record))
    if record.armed_at is None or record.undone_at is None or evidence.load is None:
        return MeasuredDose(seen=record.seen, hit=record.hit)
    client = _clients_dose(evidence, fault, record)
    return MeasuredDose(
        seen=record.seen,
        hit=record.hit,
        answered=client.answered,
        marked=client.marked,
        hidden=client.hidden,
        seconds=(record.undone_at - record.armed_at).total_seconds(),
        delay_seconds=_delay(evidence, fault),
        cpu_seconds=record.cpu_seconds,
        held_bytes=record.held_bytes,
    )


def _clients_dose(evidence: Evidence, fault: Fault, record: FaultRecord) -> attempt_stats.Dose:
    """Each target counts until the fault left it: a process that came after it is not touched."""
    if evidence.load is None or record.armed_at is None or record.undone_at is None:
        return attempt_stats.Dose(0, 0)
    start, undone, attempts = record.armed_at, record.undone_at, evidence.load.attempts
    ends = {name: record.cut.get(name, undone) for name in record.targets}
    if fault.kind.spec.sign is Sign.NO_ANSWER:
        patience = evidence.plan.experiment.load.timeout
        spans = {name: (start.timestamp(), end.timestamp()) for name, end in ends.items()}
        return attempt_stats.unanswered_dose(attempts, fault.id, spans, patience.total_seconds())
    doses = [
        attempt_stats.dose(
            attempts, fault.id, [name], start.timestamp(), end.timestamp(), shows=shows(fault)
        )
        for name, end in ends.items()
    ]
    return sum(doses, attempt_stats.Dose(0, 0))


def _delay(evidence: Evidence, fault: Fault) -> float | None:
    if fault.delay is None or evidence.load is None:
        return None
    attempts = evidence.load.attempts
    marked = _median(row for row in attempts if row.is_marked(fault.id))
    quiet = attempt_stats.by_phase(attempts, evidence.phases).get(PhaseName.BASELINE, ())
    before = _median(quiet)
    return None if marked is None or before is None else marked - before


def _median(rows: Iterable[Attempt]) -> float | None:
    return nearest_rank(sorted(row.latency_seconds for row in rows), 0.5)
