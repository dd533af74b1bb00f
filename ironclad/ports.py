"""What the logic needs of the world, a `Protocol` each; `wiring` says who answers.

Every method raises only errors of `ironclad.errors`, and ends within a bounded time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from contextlib import AbstractAsyncContextManager
    from datetime import datetime, timedelta

    from ironclad.domain.alerting.firing_alerts import AlertSighting, Delivery
    from ironclad.domain.alerting.live_rules import LiveRule
    from ironclad.domain.evidence.counters import Series
    from ironclad.domain.evidence.evidence import Evidence, ReplicaCounters, WriteCheck
    from ironclad.domain.evidence.journal import Mark, PhaseName
    from ironclad.domain.evidence.machine import MachineCounters
    from ironclad.domain.evidence.outcome import Outcome
    from ironclad.domain.experiment.experiment import Fault
    from ironclad.domain.experiment.plan import Plan
    from ironclad.domain.faults.catalogue import FaultKind
    from ironclad.domain.faults.fault import ChaosStatus, Tally
    from ironclad.domain.load.load import Attempt, LoadOrder, LoadResult, LoadSecond
    from ironclad.domain.slo.deploy_gate import BackendChange
    from ironclad.domain.slo.slo import Objective
    from ironclad.domain.stack.finding import Finding
    from ironclad.domain.stack.kept_setting import Halt, Kept
    from ironclad.domain.stack.readiness import Readiness
    from ironclad.domain.stack.stack import Applied, Endpoints, Replica, Stage
    from ironclad.domain.stack.undo import Change, LockHolder, UndoEntry


class Clock(Protocol):
    def now(self) -> datetime:
        """Give the time of day, in UTC."""

    def monotonic(self) -> float:
        """Give seconds that never jump."""

    async def sleep(self, seconds: float) -> None: ...


class Platform(Protocol):
    """Where a stack lives. Stages are applied one by one and are idempotent."""

    async def findings(self) -> Sequence[Finding]:
        """Check tools and access, each finding with its remedy; changes nothing."""

    async def apply(self, stage: Stage) -> Applied:
        """Make the stage as wanted; repairs what is damaged, touches nothing that is right."""

    async def readiness(self, stage: Stage) -> Readiness:
        """Say in numbers how far the stage is; FAILED, with the reason, if it never can be."""

    async def roll_back(self, stage: Stage) -> str | None:
        """Go back to the last good revision of a stage that failed; says so, None if it cannot."""

    async def remove(self, stage: Stage, *, delete_data: bool) -> None:
        """Take the stage away and wait until it is gone; data stays unless `delete_data` is set."""

    async def replicas(self) -> tuple[Replica, ...]:
        """List the replicas that should be there, in name order, whether they answer or not."""

    async def endpoints(self) -> Endpoints: ...

    async def refusal_of_game_days(self) -> str | None:
        """Say why no game day may run here; None where one may."""

    async def missing_permissions(self) -> tuple[str, ...]:
        """Name what a game day needs and may not do here, such as `delete pods`."""

    async def disruptions_allowed(self) -> int | None:
        """How many replicas may go at once by the platform's own budget; None without one."""

    async def backend_change(self) -> BackendChange:
        """Say what applying the backend's stage would do to its replicas; changes nothing."""


class StackLock(Protocol):
    """One per stack, a lease where the stack lives."""

    def held(self, run: str, purpose: str, who: str) -> AbstractAsyncContextManager[None]:
        """Hold it, renewing every 5 s; raises BusyError that names the holder."""

    async def holder(self) -> LockHolder | None: ...

    async def lapsed(self) -> LockHolder | None:
        """Give who took it and died: it was never given back. None while it is held, or free."""

    async def until_holder_ends(self, seconds: float) -> None:
        """Wait so long, or until the holder's process is gone, where that can be seen."""

    async def request_abort(self, who: str) -> LockHolder | None:
        """Ask the holder to stop; None when the lock is free."""


class HaltSwitch(Protocol):
    """One per stack, kept where the stack lives; deploys do not look at it."""

    async def state(self) -> Halt | None:
        """None while it is off; a switch that cannot be understood is on."""

    async def turn_on(self, halt: Halt) -> None:
        """Returns only when it would survive a power cut."""

    async def turn_off(self) -> Halt | None:
        """Give what was on; None when it was off already."""


class KeptSetting(Protocol):
    """A setting that protects, kept where the stack lives: every runner sees the same."""

    async def read(self) -> Kept | None: ...

    async def write(self, kept: Kept) -> None: ...

    async def remove(self) -> Kept | None:
        """Give what was kept."""


class UndoLedger(Protocol):
    """Write-ahead: `write` returns only when the entry would survive a power cut."""

    async def write(self, entry: UndoEntry) -> None: ...

    async def renew(self, entry_id: str, lease_until: datetime) -> None:
        """Raises LeaseLapsedError when the entry was swept meanwhile."""

    async def remove(self, entry_id: str) -> None:
        """Remove an entry whose change is taken back; idempotent."""

    async def entries(self) -> tuple[UndoEntry, ...]:
        """Give all that can be read; one that cannot must not hide the rest."""

    async def damaged(self) -> tuple[str, ...]:
        """Name, a sentence each, the entries that cannot be read; a person has to look."""


class Attachment(Protocol):
    """A connection held to one replica for one run. Where it breaks it is made again at once."""

    def news(self) -> tuple[Mark, ...]:
        """Give each loss and each return since the last call."""

    async def close(self) -> None: ...


class FaultInjector(Protocol):
    """The control routes of one replica at a time; never through the balancer.

    A fault with `attached` ends with the attachment of its run, and after that time in any case.
    """

    async def attach(self, replica: Replica, run: str) -> Attachment | None:
        """None where the replica keeps none: then a fault has its lease alone."""

    async def arm(
        self,
        replica: Replica,
        fault: Fault,
        *,
        run: str,
        lease: timedelta,
        attached: timedelta | None = None,
    ) -> None: ...

    async def renew(
        self,
        replica: Replica,
        fault: Fault,
        *,
        run: str,
        lease: timedelta,
        attached: timedelta | None = None,
    ) -> Tally:
        """Give its tally so far. Raises LeaseLapsedError when it lapsed meanwhile; never arms."""

    async def disarm(self, replica: Replica, fault_id: str) -> Tally: ...

    async def disarm_all(self, replica: Replica) -> tuple[str, ...]:
        """Take every fault off; gives the ids that were there."""

    async def status(self, replica: Replica) -> ChaosStatus:
        """Never raises for a replica that does not answer: it says `reachable=False`."""

    async def is_ready(self, replica: Replica) -> bool:
        """Ask the replica's own `/readyz`."""

    async def shortcut(self, replica: Replica, path: str, *, lasts: timedelta | None) -> str:
        """Post a short form for people (`enable`, `latency/300`, …); gives what it said."""


class ReplicaFaults(Protocol):
    """Faults of the platform: a replica's life ends, and the platform brings the next one."""

    async def life(self, replica: Replica) -> str:
        """Name the life that the replica leads, such as a process or a pod with its restarts.

        Another name means that the one before is over. Empty where nothing of that name lives;
        raises when the platform does not say.
        """

    async def terminate(self, replica: Replica, kind: FaultKind) -> None:
        """Set its end going: at once (`replica-kill`) or in good order (`pod-delete`).

        Raises RefusedError where a disruption budget forbids an eviction.
        """

    async def roll(self, replicas: Sequence[Replica]) -> tuple[Replica, ...]:
        """Set a rolling restart going; gives those that the caller has to terminate, one by one."""


class PlatformChanges(Protocol):
    """Changes of the platform that last until they are restored from what a `Change` says."""

    async def refusal(self, kind: FaultKind, targets: Sequence[Replica]) -> str:
        """Say why this platform cannot do it to them; empty where it can. Asks, changes nothing."""

    async def before(self, kind: FaultKind, targets: Sequence[Replica]) -> Change:
        """Describe the platform as it is now, in full: an undo has nothing else to go by."""

    async def make(self, change: Change, lasts: timedelta) -> None:
        """Set it going. Where it can be a lease, or has a deadline of its own, it is."""

    async def renew(self, change: Change) -> None:
        """Raises LeaseLapsedError when it is over, or somebody else took it back; never makes."""

    async def is_made(self, change: Change) -> bool: ...

    async def restore(self, change: Change) -> str:
        """Take it back, also for another runner; idempotent. Says what is left, or nothing.

        Of an instant: start again what the platform has given up. Never raises.
        """

    async def snapshot(self) -> Mapping[str, str]:
        """Describe whatever a fault could change, by name; equal states have equal words."""


class ConnectionTrial(Protocol):
    """Tries what network policies say, from where the load of a run is sent."""

    async def tried(self, run: str) -> tuple[Series, ...]:
        """Give a series of 1 or 0 for each connection; none where there are no policies."""


class Announcer(Protocol):
    """Tells those who look at the platform what Ironclad does there."""

    async def announce(self, reason: str, message: str) -> None:
        """Say it; `reason` is one word, as in `GameDayStarted`."""


class LoadHandle(Protocol):
    """A generator at work; it stops by itself unless its lease is renewed."""

    async def renew(self) -> None:
        """Renew its lease."""

    def seconds(self) -> tuple[LoadSecond, ...]:
        """Give its account so far, oldest first, one entry for each full second."""

    async def finished(self) -> LoadResult:
        """Wait until it has ended, then read its ledger."""

    async def stop(self) -> None: ...


class LoadGenerator(Protocol):
    async def refusal(self) -> str:
        """Say why no load could start here now; empty where it could."""

    def running(self, order: LoadOrder) -> AbstractAsyncContextManager[LoadHandle]: ...


class MetricsSource(Protocol):
    """Prometheus, by fixed timestamps."""

    async def raw(self, selector: str, start: float, end: float) -> tuple[Series, ...]:
        """Give every raw sample of a selector in (start, end]; epoch seconds."""

    async def value(self, query: str, at: float) -> float | None:
        """Evaluate to one number; None when there is none or it is NaN; several are an error."""

    async def now(self) -> float:
        """Give the time of its own clock; epoch seconds."""

    async def scrape_interval(self, job: str) -> timedelta | None:
        """Give the longest at which a target of the job is scraped; None where it has none."""

    async def scraped_since(self, job: str, since: float) -> tuple[str, ...]:
        """List the instances of a job with a successful scrape after `since`."""

    async def live_rules(self) -> tuple[LiveRule, ...]:
        """List the rules that it has loaded."""

    async def alert_sightings(
        self, names: Sequence[str], start: float, end: float
    ) -> tuple[AlertSighting, ...]:
        """Say of each alert whether it exists and when it was first pending, firing and gone."""

    async def fired_alerts(self, start: float, end: float) -> tuple[str, ...]:
        """Name every alert that fired at any time in (start, end], expected or not."""


class ReplicaMetrics(Protocol):
    async def counters(
        self, replica: Replica, objectives: Sequence[Objective]
    ) -> ReplicaCounters | None:
        """Read the replica's own metrics page; None when it does not answer."""


class DeliveryLog(Protocol):
    """The janitor's record of what Alertmanager delivered."""

    async def deliveries(self, since: datetime) -> tuple[Delivery, ...]: ...

    async def last_sweep(self) -> datetime | None: ...


class OrderBook(Protocol):
    """Looks writes up after a run, and clears them away."""

    async def check(self, run: str, acknowledged: Sequence[Attempt]) -> WriteCheck: ...

    async def clear(self, run: str) -> int:
        """Delete the run's orders; gives how many."""


class RunFiles(Protocol):
    """Where a game day's evidence and report are kept, and which runs are still open."""

    async def open(self, plan: Plan) -> None:
        """Make the run's folder and note that it is under way, before anything is touched."""

    def keep(self, plan: Plan, mark: Mark) -> None:
        """Append a mark: it outlives this process at once, and a power cut a moment later."""

    async def close(self, evidence: Evidence) -> Outcome:
        """Judge, write evidence and report, and note that the run is over.

        Where another process has done so, its stored outcome is given, with a note.
        """

    async def phase(self, run: str) -> PhaseName | None:
        """Name the phase that a run is in; None between two, or where its files are not here."""

    async def unfinished(self) -> tuple[str, ...]:
        """List the runs of this stack that were opened and never closed."""

    async def finalize(self, run: str) -> Outcome | None:
        """Close a run whose runner died, from what it left behind.

        None if it is closed by now, if its load still writes, or if its process is seen to live,
        however silent it is.
        """


class Machine(Protocol):
    """The machine that a whole stack shares with its load and with everybody else."""

    async def counters(self) -> MachineCounters | None:
        """Give what was used of it until now; None where a stack has no machine of its own."""


class Objectives(Protocol):
    def load(self, names: Sequence[str]) -> tuple[Objective, ...]:
        """Raises BadInputError for a name that no document declares."""


__all__ = [
    "Announcer",
    "Clock",
    "ConnectionTrial",
    "DeliveryLog",
    "FaultInjector",
    "HaltSwitch",
    "KeptSetting",
    "LoadGenerator",
    "LoadHandle",
    "Machine",
    "MetricsSource",
    "Objectives",
    "OrderBook",
    "Platform",
    "PlatformChanges",
    "ReplicaFaults",
    "ReplicaMetrics",
    "RunFiles",
    "StackLock",
    "UndoLedger",
]
