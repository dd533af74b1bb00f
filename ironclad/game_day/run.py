"""One game day at work: its plan, its tools, and what it has seen so far."""

from collections.abc import Iterable, Mapping

from ironclad.domain.alerting.firing_alerts import AlertSighting
from ironclad.domain.evidence.counters import Series
from ironclad.domain.evidence.evidence import (
    Evidence,
    FaultFree,
    MetricsWindow,
    ReplicaCounters,
    WriteCheck,
)
from ironclad.domain.evidence.journal import Status
from ironclad.domain.evidence.machine import MachineSecond
from ironclad.domain.evidence.outcome import Outcome
from ironclad.domain.evidence.taken_back import cut_off
from ironclad.domain.experiment.plan import Plan
from ironclad.domain.load.load import LoadResult
from ironclad.game_day.aborts.janitor import Sweeps
from ironclad.game_day.aborts.metrics import Gauges
from ironclad.game_day.aborts.requests import Hearing
from ironclad.game_day.faults.recorder import FaultRecorder
from ironclad.game_day.journal import Journal, Keep
from ironclad.game_day.toolbox import Toolbox, Watchers
from ironclad.ports import LoadHandle


class GameDay:
    """Filled by the steps in this package, one after the other; `evidence()` freezes it."""

    def __init__(self, plan: Plan, tools: Toolbox, keep: Keep) -> None:
        self.plan = plan
        self.tools = tools
        self.watchers: Watchers = tools.watchers(plan.endpoints)
        self.journal = Journal(tools.clock, keep)
        self.hearing = Hearing(tools, ignores_freeze=plan.ignores_freeze)
        self.gauges = Gauges(plan.experiment.abort_when, self.watchers.metrics, tools.clock)
        changes_platform = any(each.fault.kind.spec.changes_platform for each in plan.faults)
        self.sweeps = Sweeps(
            self.watchers.deliveries, tools.clock, tools.ref, is_needed=changes_platform
        )
        self.started_at = tools.clock.now()
        self.looked_at = tools.clock.monotonic()
        self.load_began = 0.0
        self.handle: LoadHandle | None = None
        self.load: LoadResult | None = None
        self.quiet_since = 0.0
        self.replicas_before: tuple[ReplicaCounters, ...] = ()
        self.replicas_after: tuple[ReplicaCounters, ...] = ()
        self.windows: tuple[MetricsWindow, ...] = ()
        self.remaining_before: dict[str, float | None] = {}
        self.faults = {planned.fault.id: FaultRecorder(planned) for planned in plan.faults}
        self.alerts: tuple[AlertSighting, ...] = ()
        self.forecasts = plan.alerts
        self.clock_skew_seconds: float | None = None
        self.observed: Mapping[str, tuple[Series, ...]] = {}
        self.writes: WriteCheck | None = None
        self.fault_free: FaultFree | None = None
        self.platform_before: Mapping[str, str] | None = None
        self.aborted_by = ""
        self.abort_reason = ""
        self.wants_quiet = False
        self.machine: list[MachineSecond] = []
        self.gaps: list[str] = []
        self.outcome: Outcome | None = None

    @property
    def is_aborted(self) -> bool:
        return bool(self.aborted_by)

    def abort(self, by: str, reason: str, *, with_load: bool = False) -> None:
        """Ask every later step to do no more than undo; the first reason stands.

        `with_load` ends the load as well: who calls a halt wants quiet, not a proof of recovery.
        """
        self.wants_quiet = self.wants_quiet or with_load
        if not self.is_aborted:
            self.aborted_by, self.abort_reason = by, reason
            self.journal.mark(f"aborted by {by}: {reason}")

    def admit(self, gaps: Iterable[str]) -> None:
        """Remember what could not be read, each once however often it was tried."""
        self.gaps += [gap for gap in gaps if gap not in self.gaps]

    def close(self) -> None:
        """End the questions that nobody waits for any more."""
        self.hearing.close()
        self.gauges.close()
        self.sweeps.close()

    def evidence(self, status: Status, reason: str) -> Evidence:
        """Freeze what was seen. An aborted run is ABORTED, whatever else is said of it.

        One that was cut off says what it had armed, and whether that is off again.
        """
        if self.is_aborted and status is Status.COMPLETED:
            status, reason = Status.ABORTED, self.abort_reason
        if status in {Status.INTERRUPTED, Status.FAILED}:
            records = {name: fault.record for name, fault in self.faults.items()}
            reason = cut_off(reason, self.plan, self.journal.phases, records)
        return Evidence(
            plan=self.plan,
            status=status,
            status_reason=reason,
            started_at=self.started_at,
            finished_at=self.tools.clock.now(),
            marks=self.journal.marks,
            phases=self.journal.phases,
            load=self.load,
            replicas_before=self.replicas_before,
            replicas_after=self.replicas_after,
            windows=self.windows,
            remaining_before=self.remaining_before,
            faults=tuple(fault.record for fault in self.faults.values()),
            alerts=self.alerts,
            forecasts=self.forecasts,
            clock_skew_seconds=self.clock_skew_seconds,
            writes=self.writes,
            fault_free=self.fault_free,
            aborted_by=self.aborted_by,
            observed=self.observed,
            gaps=tuple(self.gaps),
            machine=tuple(self.machine),
        )
