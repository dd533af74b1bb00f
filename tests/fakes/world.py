"""A small stack in memory that keeps the promises of the ports, and can be told to break them."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from ironclad.domain.alerting.live_rules import LiveRule
from ironclad.domain.alerts import AlertSighting, Delivery
from ironclad.domain.counters import Sample, Series
from ironclad.domain.deploy_gate import BackendChange
from ironclad.domain.evidence import Evidence, ReplicaCounters, WriteCheck
from ironclad.domain.experiment import (
    AbortCondition,
    Cost,
    Expectation,
    Experiment,
    Fault,
    FaultKind,
    Load,
    Mix,
    Phases,
    Target,
)
from ironclad.domain.faults import ArmedFault, Burden, ChaosStatus, Tally
from ironclad.domain.finding import Finding
from ironclad.domain.freeze import Freeze
from ironclad.domain.halt import Halt
from ironclad.domain.journal import Mark, PhaseName, Status, open_phase
from ironclad.domain.load import Attempt, LoadOrder, LoadResult, LoadSecond
from ironclad.domain.outcome import Outcome, Verdict
from ironclad.domain.pacer import Constant
from ironclad.domain.plan import Plan
from ironclad.domain.readiness import Condition, Readiness
from ironclad.domain.slo import Counts, Indicator, Objective
from ironclad.domain.stack import Applied, Endpoints, Replica, StackRef, Stage
from ironclad.domain.targets import DATABASE
from ironclad.domain.undo import LEDGER_LEASE, Change, LockHolder, UndoEntry
from ironclad.errors import BusyError, LeaseLapsedError, RefusedError, UnreachableError
from ironclad.game_day.toolbox import Toolbox, Watchers
from tests.fakes.virtual_clock import VirtualClock

AVAILABILITY = Objective(
    name="orders-availability",
    target=0.999,
    period=timedelta(days=30),
    declared_requests=259_200_000,
    indicator=Indicator(valid="requests", bad='requests{status=~"5.."}'),
)


def error_burst(**changes: object) -> Experiment:
    """The first experiment, shortened."""
    experiment = Experiment(
        name="error-burst",
        owner="sre",
        hypothesis="20 % errors on one replica of three cost next to nothing.",
        objectives=(AVAILABILITY.name,),
        load=Load(pacer=Constant(100), mix=Mix(), timeout=timedelta(seconds=2)),
        phases=Phases(
            baseline=timedelta(seconds=10),
            recovery=timedelta(seconds=30),
            settle=timedelta(seconds=3),
        ),
        faults=(
            Fault(
                id="errors",
                kind=FaultKind.ERROR,
                at=timedelta(),
                duration=timedelta(seconds=20),
                target=Target(replicas=1),
                share=0.2,
                status=503,
            ),
        ),
        expect=Expectation(cost=Cost(objective=AVAILABILITY.name, at_most_ratio=0.002)),
        abort_when=(AbortCondition(error_ratio_over=0.2, sustained=timedelta(seconds=5)),),
    )
    return replace(experiment, **changes)  # type: ignore[arg-type]


_UNANSWERED = (FaultKind.HANG, FaultKind.CONNECTION_RESET)
_MARKING = (
    FaultKind.LATENCY,
    FaultKind.ERROR,
    FaultKind.BREAKER_OPEN,
    FaultKind.DATABASE_SLOW,
    FaultKind.DATABASE_ERROR,
)


@dataclass
class FakeReplica:
    """One replica's faults by id, with the monotonic time at which each lapses."""

    replica: Replica
    clock: VirtualClock
    armed: dict[str, tuple[Fault, float]] = field(default_factory=dict)
    is_silent: bool = False
    is_ready: bool = True
    is_deaf: bool = False
    """Takes a fault and shows no effect of it."""
    is_burnt_out: bool = False
    """The process of a burden has ended by itself."""
    life: int = 1
    down_until: float = 0.0

    @property
    def answers(self) -> bool:
        return not self.is_silent and self.clock.monotonic() >= self.down_until

    def live(self) -> dict[str, Fault]:
        now = self.clock.monotonic()
        self.armed = {id_: (f, until) for id_, (f, until) in self.armed.items() if until > now}
        return {id_: fault for id_, (fault, _) in self.armed.items()}

    def end(self, *, back_after_seconds: float) -> None:
        self.armed.clear()
        self.life += 1
        self.down_until = self.clock.monotonic() + back_after_seconds

    def tally(self, fault: Fault | None, *, removed: bool) -> Tally:
        hit = 0 if self.is_deaf else 20
        return Tally(removed, 100, hit, self.burden(fault) if fault else None)

    def burden(self, fault: Fault) -> Burden | None:
        """It burns as long as the clock runs, and fills memory at once."""
        if fault.cores is None and fault.size_bytes is None:
            return None
        burnt = 1.0 if self.is_deaf else (fault.cores or 0.0) * self.clock.monotonic()
        held = 0 if self.is_deaf else fault.size_bytes or 0
        return Burden(is_alive=not self.is_burnt_out, cpu_seconds=burnt, memory_bytes=held)

    def struck_by(self, *kinds: FaultKind) -> list[str]:
        """Give the ids of the faults of these kinds that show an effect now."""
        live = {} if self.is_deaf else self.live()
        return [id_ for id_, fault in live.items() if fault.kind in kinds]


class FakeFaults:
    def __init__(self, replicas: dict[str, FakeReplica]) -> None:
        self.replicas = replicas
        self.log: list[str] = []
        self.kinds: tuple[str, ...] | None = tuple(FaultKind)

    def _of(self, replica: Replica) -> FakeReplica:
        fake = self.replicas[replica.name]
        if not fake.answers:
            raise UnreachableError(f"{replica.name} does not answer")
        return fake

    async def arm(self, replica: Replica, fault: Fault, *, run: str, lease: timedelta) -> None:
        fake = self._of(replica)
        self.log.append(f"arm {fault.id} {replica.name}")
        if fault.kind is FaultKind.CRASH:
            fake.end(back_after_seconds=1.0)
        else:
            fake.armed[fault.id] = (fault, fake.clock.monotonic() + lease.total_seconds())

    async def renew(self, replica: Replica, fault: Fault, *, run: str, lease: timedelta) -> Tally:
        fake = self._of(replica)
        if fault.id not in fake.live():
            raise LeaseLapsedError(f"{fault.id} is not armed on {replica.name} any more")
        fake.armed[fault.id] = (fault, fake.clock.monotonic() + lease.total_seconds())
        return fake.tally(fault, removed=True)

    async def disarm(self, replica: Replica, fault_id: str) -> Tally:
        fake = self._of(replica)
        fault = fake.live().get(fault_id)
        fake.armed.pop(fault_id, None)
        self.log.append(f"disarm {fault_id} {replica.name}")
        return fake.tally(fault, removed=fault is not None)

    async def disarm_all(self, replica: Replica) -> tuple[str, ...]:
        ids = tuple(self._of(replica).live())
        self._of(replica).armed.clear()
        return ids

    async def status(self, replica: Replica) -> ChaosStatus:
        fake = self.replicas[replica.name]
        if not fake.answers:
            return ChaosStatus(replica=replica.name, reachable=False, problem="does not answer")
        faults = tuple(
            ArmedFault(
                id=fault.id,
                kind=fault.kind,
                share=fault.share,
                run="",
                expires_in_seconds=1,
                seen=100,
                hit=fake.tally(fault, removed=True).hit,
                burden=fake.burden(fault),
            )
            for fault in fake.live().values()
        )
        return ChaosStatus(
            replica=replica.name,
            reachable=True,
            enabled=True,
            faults=faults,
            kinds=self.kinds,
            memory_room_bytes=1 << 30,
        )

    async def is_ready(self, replica: Replica) -> bool:
        fake = self.replicas[replica.name]
        return fake.is_ready and fake.answers and not fake.struck_by(FaultKind.NOT_READY)

    async def shortcut(self, replica: Replica, path: str, *, lasts: timedelta | None) -> str:
        return f"{replica.name} {path}"


class FakeReplicaFaults:
    """Replaces what is struck after a while, if it is told to under the next free name."""

    def __init__(self, replicas: dict[str, FakeReplica], clock: VirtualClock) -> None:
        self.replicas = replicas
        self.clock = clock
        self.log: list[str] = []
        self.back_after_seconds = 1.0
        self.gives_new_names = False
        self.is_without_effect = False
        self.is_away = False
        self.is_rolled_by_hand = True
        self.evictions_left = 1
        self.database_life = 1

    async def life(self, replica: Replica) -> str:
        if self.is_away:
            raise UnreachableError("the platform does not answer")
        if replica.name == DATABASE.name:
            return f"life {self.database_life}"
        fake = self.replicas.get(replica.name)
        return f"life {fake.life}" if fake else ""

    async def roll(self, replicas: Sequence[Replica]) -> tuple[Replica, ...]:
        self.log.append("roll")
        return tuple(replicas) if self.is_rolled_by_hand else ()

    async def strike(self, replica: Replica, kind: FaultKind) -> None:
        self.log.append(f"strike {kind} {replica.name}")
        if self.is_without_effect:
            return
        if kind is FaultKind.EVICT:
            if self.evictions_left < 1:
                raise RefusedError((f"the budget forbids to evict {replica.name}",))
            self.evictions_left -= 1
        if replica.name == DATABASE.name:
            self.database_life += 1
            return
        fake = self.replicas[replica.name]
        if self.gives_new_names:
            del self.replicas[replica.name]
            name = f"backend-{len(self.log) + 2}"
            fake = FakeReplica(Replica(name, f"http://{name}"), self.clock)
            self.replicas[name] = fake
        fake.end(back_after_seconds=self.back_after_seconds)


class FakeChanges:
    """Keeps the platform's state as words; a change says `broken` of each of its targets."""

    def __init__(self, replicas: dict[str, FakeReplica]) -> None:
        self.replicas = replicas
        self.state = {"postgres": "up", **dict.fromkeys(replicas, "up")}
        self.log: list[str] = []
        self.refusals: dict[FaultKind, str] = {}
        self.is_without_effect = False
        self.has_lapsed = False
        self.sticks_for = 0
        """So many restorations fail before one works."""

    async def refusal(self, kind: FaultKind, targets: Sequence[Replica]) -> str:
        return self.refusals.get(kind, "")

    async def before(self, kind: FaultKind, targets: Sequence[Replica]) -> Change:
        names = tuple(replica.name for replica in targets)
        return Change(kind=kind, targets=names, before={n: self.state[n] for n in names})

    async def make(self, change: Change, lasts: timedelta) -> None:
        self.log.append(f"make {change.kind} {', '.join(change.targets)}")
        if not self.is_without_effect:
            self._set(change, dict.fromkeys(change.before, "broken"))

    async def renew(self, change: Change) -> None:
        self.log.append(f"renew {change.kind}")
        if self.has_lapsed:
            raise LeaseLapsedError(f"{change.kind} is over")

    async def is_made(self, change: Change) -> bool:
        return all(self.state[name] == "broken" for name in change.before)

    async def restore(self, change: Change) -> str:
        self.log.append(f"restore {change.kind}")
        if self.sticks_for > 0:
            self.sticks_for -= 1
            return "it sticks"
        self._set(change, dict(change.before))
        return ""

    async def snapshot(self) -> dict[str, str]:
        return dict(self.state)

    def _set(self, change: Change, words: dict[str, str]) -> None:
        """Without its database no replica is ready."""
        self.state |= words
        if change.kind.is_on_database and change.kind.changes_platform:
            for fake in self.replicas.values():
                fake.is_ready = self.state["postgres"] == "up"


class FakeLedger:
    def __init__(self, clock: VirtualClock) -> None:
        self.clock = clock
        self.kept: dict[str, UndoEntry] = {}
        self.unreadable: tuple[str, ...] = ()
        self.log: list[str] = []

    async def write(self, entry: UndoEntry) -> None:
        self.kept[entry.id] = entry
        self.log.append(f"write {entry.id}")

    async def renew(self, entry_id: str, lease_until: datetime) -> None:
        if entry_id not in self.kept:
            raise LeaseLapsedError(f"{entry_id} was swept")
        self.kept[entry_id] = replace(self.kept[entry_id], lease_until=lease_until)

    async def strike(self, entry_id: str) -> None:
        self.kept.pop(entry_id, None)

    async def entries(self) -> tuple[UndoEntry, ...]:
        return tuple(self.kept.values())

    async def damaged(self) -> tuple[str, ...]:
        return self.unreadable


class FakeLock:
    def __init__(self, clock: VirtualClock) -> None:
        self.clock = clock
        self.current: LockHolder | None = None
        self.trouble: Callable[[], Awaitable[None]] | None = None
        """What happens to whoever asks for the holder."""

    @asynccontextmanager
    async def held(self, run: str, purpose: str, who: str) -> AsyncIterator[None]:
        if self.current is not None:
            raise BusyError(f"{self.current.purpose} holds the stack")
        now = self.clock.now()
        self.current = LockHolder(
            run=run, purpose=purpose, who=who, since=now, lease_until=now + LEDGER_LEASE
        )
        try:
            yield
        finally:
            self.current = None

    async def holder(self) -> LockHolder | None:
        if self.trouble is not None:
            await self.trouble()
        return self.current

    async def request_abort(self, who: str) -> LockHolder | None:
        if self.current is not None:
            self.current = replace(self.current, abort_requested=who)
        return self.current


class FakeHalt:
    """The red switch."""

    def __init__(self) -> None:
        self.on: Halt | None = None

    async def state(self) -> Halt | None:
        return self.on

    async def turn_on(self, halt: Halt) -> None:
        self.on = halt

    async def turn_off(self) -> Halt | None:
        was, self.on = self.on, None
        return was


@dataclass
class FakeLoadHandle:
    """Its account follows the clock: each past second, with the errors that armed faults cause."""

    world: "World"
    order: LoadOrder
    started: float
    fed: int = 0
    is_stopped: bool = False
    account: list[LoadSecond] = field(default_factory=list)

    async def feed(self) -> None:
        self.fed += 1

    def seconds(self) -> tuple[LoadSecond, ...]:
        while len(self.account) < int(self.world.clock.monotonic() - self.started):
            self.account.append(self._second())
        return tuple(self.account)

    def _second(self) -> LoadSecond:
        replicas = self.world.replicas.values()
        marked = {id_: 7 for fake in replicas for id_ in fake.struck_by(*_MARKING)}
        unanswered = [id_ for fake in replicas for id_ in fake.struck_by(*_UNANSWERED)]
        failed = self.world.failing_per_second or sum(marked.values()) + 7 * len(unanswered)
        return LoadSecond(
            at=self.world.clock.now().timestamp(),
            sent=100,
            ok=100 - failed,
            failed=failed,
            late=0,
            unsent=0,
            in_flight=1,
            latency_p95_seconds=0.01,
            marked=marked,
        )

    async def finished(self) -> LoadResult:
        now = self.world.clock.now()
        return LoadResult(
            attempts=(),
            started_at=now,
            ended_at=now,
            offered=0,
            dropped=0,
            unsent=0,
            lateness_p99_seconds=0.001,
            complete=not self.is_stopped,
        )

    async def stop(self) -> None:
        self.is_stopped = True


class FakeLoad:
    def __init__(self, world: "World") -> None:
        self.world = world
        self.handles: list[FakeLoadHandle] = []

    @asynccontextmanager
    async def running(self, order: LoadOrder) -> AsyncIterator[FakeLoadHandle]:
        handle = FakeLoadHandle(self.world, order, self.world.clock.monotonic())
        self.handles.append(handle)
        try:
            yield handle
        finally:
            handle.is_stopped = True


class FakeMetrics:
    def __init__(self, world: "World") -> None:
        self.world = world

    async def raw(self, selector: str, start: float, end: float) -> tuple[Series, ...]:
        labels = (("__name__", selector),)
        return (Series(labels, (Sample(start, 0.0), Sample(end, 100.0))),)

    async def value(self, query: str, at: float) -> float | None:
        if self.world.prometheus_is_away:
            raise UnreachableError("Prometheus gave no answer")
        if query.startswith("count("):
            return self.world.series
        if query.startswith("error_budget_remaining"):
            return self.world.budget_percentage
        return self.world.gauge

    async def now(self) -> float:
        return self.world.clock.now().timestamp() + self.world.prometheus_skew_seconds

    async def scrape_interval(self, job: str) -> timedelta | None:
        return self.world.scrape_interval

    async def scraped_since(self, job: str, since: float) -> tuple[str, ...]:
        return tuple(self.world.replicas)

    async def live_rules(self) -> tuple[LiveRule, ...]:
        return self.world.rules

    async def alert_sightings(
        self,
        names: Sequence[str],
        start: float,
        end: float,
    ) -> tuple[AlertSighting, ...]:
        return tuple(
            AlertSighting(name=name, known=name in self.world.alerts, firing_at_baseline=False)
            for name in names
        )


class FakeDeliveries:
    def __init__(self, world: "World") -> None:
        self.world = world

    async def deliveries(self, since: datetime) -> tuple[Delivery, ...]:
        return tuple(d for d in self.world.delivered if d.received_at >= since)

    async def last_sweep(self) -> datetime | None:
        return self.world.clock.now() if self.world.janitor_sweeps else None


class FakeOrders:
    async def check(self, run: str, acknowledged: Sequence[Attempt]) -> WriteCheck:
        return WriteCheck(acknowledged=len(acknowledged), lost=0, duplicated=0)

    async def clear(self, run: str) -> int:
        return 0


class FakePlatform:
    def __init__(self, world: "World") -> None:
        self.world = world
        self.applied: list[Stage] = []
        self.rolled_back: list[Stage] = []
        self.last_good: str | None = None

    async def findings(self) -> Sequence[Finding]:
        return ()

    async def apply(self, stage: Stage) -> Applied:
        self.applied.append(stage)
        return Applied(stage, ("something",))

    async def readiness(self, stage: Stage) -> Readiness:
        return Readiness(Condition.READY, f"{stage} is fine")

    async def roll_back(self, stage: Stage) -> str | None:
        self.rolled_back.append(stage)
        return self.last_good

    async def remove(self, stage: Stage, *, delete_data: bool) -> None: ...

    async def replicas(self) -> tuple[Replica, ...]:
        return tuple(fake.replica for fake in self.world.replicas.values())

    async def missing_permissions(self) -> tuple[str, ...]:
        return self.world.missing_permissions

    async def disruptions_allowed(self) -> int | None:
        return self.world.disruptions_allowed

    async def backend_change(self) -> BackendChange:
        return self.world.backend_change

    async def refusal_of_game_days(self) -> str | None:
        return self.world.refusal_of_game_days

    async def endpoints(self) -> Endpoints:
        return self.world.endpoints


class FakeReplicaMetrics:
    def __init__(self, world: "World") -> None:
        self.world = world

    async def counters(
        self, replica: Replica, objectives: Sequence[Objective]
    ) -> ReplicaCounters | None:
        if not self.world.replicas[replica.name].answers:
            return None
        return ReplicaCounters(
            replica=replica.name,
            read_at=self.world.clock.now(),
            started_at=1.0,
            counts={objective.name: Counts(0, 0) for objective in objectives},
            load_counts=Counts(0, 0),
        )


class FakeObjectives:
    def load(self, names: Sequence[str]) -> tuple[Objective, ...]:
        return tuple(replace(AVAILABILITY, name=name) for name in names)


class FakeRuns:
    def __init__(self) -> None:
        self.opened: list[Plan] = []
        self.marks: list[Mark] = []
        self.closed: list[Evidence] = []
        self.buried: list[str] = []
        self.open_runs: tuple[str, ...] = ()

    def open(self, plan: Plan) -> None:
        self.opened.append(plan)

    def keep(self, plan: Plan, mark: Mark) -> None:
        self.marks.append(mark)

    def close(self, evidence: Evidence) -> Outcome:
        self.closed.append(evidence)
        return Outcome(
            run=evidence.plan.run,
            experiment=evidence.plan.experiment.name,
            status=evidence.status,
            verdict=Verdict.INCONCLUSIVE,
            reason=evidence.status_reason,
        )

    def phase(self, run: str) -> PhaseName | None:
        return open_phase(self.marks)

    def unfinished(self) -> tuple[str, ...]:
        return self.open_runs

    def bury(self, run: str) -> Outcome | None:
        self.buried.append(run)
        return Outcome(
            run=run,
            experiment="",
            status=Status.INTERRUPTED,
            verdict=Verdict.INCONCLUSIVE,
            reason="its runner died",
        )


class FakeAnnouncer:
    def __init__(self, world: "World") -> None:
        self.world = world

    async def announce(self, reason: str, message: str) -> None:
        self.world.announced.append((reason, message))


class World:
    """Three replicas and everything around them."""

    def __init__(self) -> None:
        self.clock = VirtualClock()
        self.replicas = {
            name: FakeReplica(Replica(name, f"http://{name}"), self.clock)
            for name in ("backend-0", "backend-1", "backend-2")
        }
        self.endpoints = Endpoints(
            service="http://service",
            prometheus="http://prometheus",
            alertmanager="http://alertmanager",
            janitor="http://janitor",
        )
        self.budget_percentage: float | None = 100.0
        self.scrape_interval: timedelta | None = timedelta(seconds=1)
        self.refusal_of_game_days: str | None = None
        self.missing_permissions: tuple[str, ...] = ()
        self.disruptions_allowed: int | None = None
        self.series: float | None = 12.0
        self.gauge: float | None = 0.0
        self.prometheus_is_away = False
        self.prometheus_skew_seconds = 0.0
        self.freezes: tuple[Freeze, ...] = ()
        self.announced: list[tuple[str, str]] = []
        self.janitor_sweeps = True
        self.alerts: tuple[str, ...] = ("BackendDown",)
        self.rules: tuple[LiveRule, ...] = ()
        self.backend_change = BackendChange.CHANGE
        self.delivered: tuple[Delivery, ...] = ()
        self.failing_per_second = 0
        self.faults = FakeFaults(self.replicas)
        self.replica_faults = FakeReplicaFaults(self.replicas, self.clock)
        self.changes = FakeChanges(self.replicas)
        self.ledger = FakeLedger(self.clock)
        self.lock = FakeLock(self.clock)
        self.halt = FakeHalt()
        self.load = FakeLoad(self)
        self.runs = FakeRuns()
        self.platform = FakePlatform(self)
        self.tools = Toolbox(
            ref=StackRef(),
            platform=self.platform,
            lock=self.lock,
            halt=self.halt,
            ledger=self.ledger,
            faults=self.faults,
            replica_faults=self.replica_faults,
            changes=self.changes,
            load=self.load,
            replica_metrics=FakeReplicaMetrics(self),
            objectives=FakeObjectives(),
            runs=self.runs,
            clock=self.clock,
            watchers=lambda _: Watchers(
                metrics=FakeMetrics(self), deliveries=FakeDeliveries(self), orders=FakeOrders()
            ),
            freezes=lambda: self.freezes,
            announcer=FakeAnnouncer(self),
        )

    @property
    def armed(self) -> dict[str, list[str]]:
        """Which faults are on right now, by replica; empty when the stack is fault-free."""
        live = {name: list(fake.live()) for name, fake in self.replicas.items()}
        return {name: ids for name, ids in live.items() if ids}
