"""What a game day that did not come to its end had put on, and whether it is off again."""

from collections.abc import Mapping, Sequence

from ironclad.domain.evidence import FaultRecord
from ironclad.domain.journal import PhaseSpan
from ironclad.domain.plan import PlannedFault


def cut_off(
    reason: str,
    phases: Sequence[PhaseSpan],
    planned: Sequence[PlannedFault],
    records: Mapping[str, FaultRecord],
) -> str:
    """Write `the runner was told to stop, during the baseline; no fault was armed`."""
    fates = [_fate(one, records[one.fault.id]) for one in planned if _began(records[one.fault.id])]
    return f"{reason}, {_when(phases)}; {'; '.join(fates) or 'no fault was armed'}"


def _when(phases: Sequence[PhaseSpan]) -> str:
    if not phases:
        return "before the baseline"
    return f"{'during' if phases[-1].ended_at is None else 'after'} the {phases[-1].name}"


def _began(record: FaultRecord) -> bool:
    """One that was cut off while it was armed has no time of that, and an undo all the same."""
    return bool(record.armed_at or record.undone_at or record.problem)


def _fate(planned: PlannedFault, record: FaultRecord) -> str:
    name, where = planned.fault.id, ", ".join(record.targets) or "the database"
    if planned.fault.kind.is_instant:
        return f"{name} struck {where}, {_seen('back', record)}"
    was = "was" if record.armed_at else "was being"
    return f"{name} {was} armed on {where}, {_seen('off', record)}"


def _seen(how: str, record: FaultRecord) -> str:
    if record.undone_at is not None:
        return f"and was seen to be {how}"
    because = f" ({record.problem})" if record.problem else ""
    return f"and is not seen to be {how}{because}: look with `ironclad status`"
