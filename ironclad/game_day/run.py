"""One game day at work: its plan, its tools, its guard, and a recorder for each part of it."""

from collections.abc import Sequence
from typing import Final

from ironclad.domain.evidence.evidence import Evidence, FaultRecord
from ironclad.domain.evidence.journal import PhaseSpan, Status
from ironclad.domain.experiment.plan import Plan, PlannedFault
from ironclad.domain.stack.commands import command
from ironclad.game_day.faults.recorder import FaultRecorder
from ironclad.game_day.guard import Guard
from ironclad.game_day.journal import Journal, Keep
from ironclad.game_day.recorders import (
    AlertRecorder,
    BaselineRecorder,
    LoadRecorder,
    MachineRecorder,
    MeasurementRecorder,
    RecoveryRecorder,
    StatusRecorder,
)
from ironclad.game_day.toolbox import Toolbox


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


class GameDay:
    """What the steps in this package share; `evidence()` freezes what they recorded."""

    def __init__(self, plan: Plan, tools: Toolbox, keep: Keep) -> None:
        self.plan: Final = plan
        self.tools: Final = tools
        self.watchers: Final = tools.watchers(plan.endpoints)
        self.started_at: Final = tools.clock.now()
        self.journal: Final = Journal(tools.clock, keep)
        self.status: Final = StatusRecorder(self.journal)
        self.load: Final = LoadRecorder()
        self.baseline: Final = BaselineRecorder()
        self.faults: Final = {each.fault.id: FaultRecorder(each) for each in plan.faults}
        self.alerts: Final = AlertRecorder(plan.alerts)
        self.measurement: Final = MeasurementRecorder()
        self.machine: Final = MachineRecorder(tools.machine, tools.clock)
        self.recovery: Final = RecoveryRecorder()
        self.guard: Final = Guard(plan, tools, self.watchers, self.status, self.load)

    def recorder_of(self, planned: PlannedFault) -> FaultRecorder:
        return self.faults[planned.fault.id]

    def evidence(self, status: Status, reason: str) -> Evidence:
        """An aborted run is ABORTED, whatever else is said of it.

        One that was cut off says what it had armed, and whether that is off again.
        """
        faults = tuple(recorder.record for recorder in self.faults.values())
        if self.status.is_aborted and status is Status.COMPLETED:
            status, reason = Status.ABORTED, self.status.abort_reason
        if status in {Status.INTERRUPTED, Status.FAILED}:
            reason = cut_off(reason, self.plan, self.journal.phases, faults)
        return Evidence(
            plan=self.plan,
            status=status,
            status_reason=reason,
            started_at=self.started_at,
            finished_at=self.tools.clock.now(),
            marks=self.journal.marks,
            phases=self.journal.phases,
            load=self.load.result,
            replicas_before=self.baseline.replicas,
            replicas_after=self.measurement.replicas,
            windows=self.measurement.windows,
            remaining_before=self.baseline.remaining,
            faults=faults,
            alerts=self.alerts.sightings,
            forecasts=self.alerts.forecasts,
            clock_skew_seconds=self.baseline.clock_skew_seconds,
            writes=self.measurement.writes,
            fault_free=self.recovery.fault_free,
            aborted_by=self.status.aborted_by,
            observed=self.measurement.observed,
            gaps=self.journal.gaps,
            machine=tuple(self.machine.seconds),
        )
