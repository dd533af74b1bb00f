"""What a game day that did not come to its end had put on, and whether it is off again."""

from collections.abc import Sequence

from ironclad.domain.evidence.evidence import FaultRecord
from ironclad.domain.evidence.journal import PhaseSpan
from ironclad.domain.experiment.plan import Plan, PlannedFault
from ironclad.domain.stack.commands import command


def cut_off(
    reason: str,
    plan: Plan,
    phases: Sequence[PhaseSpan],
    records: Sequence[FaultRecord],
) -> str:
    """Write `the runner had to stop, during the baseline; no fault was armed`."""
    look = command("status", plan.stack)
    both = zip(plan.faults, records, strict=True)
    fates = [_fate(planned, record, look) for planned, record in both if _began(record)]
    return f"{reason}, {_when(phases)}; {'; '.join(fates) or 'no fault was armed'}"


def _when(phases: Sequence[PhaseSpan]) -> str:
    if not phases:
        return "before the baseline"
    return f"{'during' if phases[-1].ended_at is None else 'after'} the {phases[-1].name}"


def _began(record: FaultRecord) -> bool:
    """One that was cut off while it was armed has no time of that, and an undo all the same."""
    return bool(record.armed_at or record.undone_at or record.problem)


def _fate(planned: PlannedFault, record: FaultRecord, look: str) -> str:
    name, where = planned.fault.id, ", ".join(record.targets) or "the database"
    if planned.fault.kind.spec.is_instant:
        return f"{name} terminated {where}, {_seen('back', record, look)}"
    was = "was" if record.armed_at else "was being"
    return f"{name} {was} armed on {where}, {_seen('off', record, look)}"


def _seen(how: str, record: FaultRecord, look: str) -> str:
    if record.undone_at is not None:
        return f"and was seen to be {how}"
    because = f" ({record.problem})" if record.problem else ""
    return f"and is not seen to be {how}{because}: look with {look}"
