"""A small stack in memory that keeps the promises of the ports, or breaks them on demand."""

from datetime import datetime, timedelta

from ironclad import wiring
from ironclad.domain.alerting.firing_alerts import Delivery
from ironclad.domain.alerting.live_rules import LiveRule
from ironclad.domain.slo.deploy_gate import BackendChange
from ironclad.domain.stack.freeze import Freeze
from ironclad.domain.stack.stack import Endpoints, Replica, StackRef
from ironclad.game_day.toolbox import Toolbox, Watchers
from ironclad.undo.sweeping import Sweeper
from tests.fakes.clocks.virtual_clock import VirtualClock
from tests.fakes.game_day.books import FakeHalt, FakeLedger, FakeLock, FakeRuns
from tests.fakes.game_day.platform import FakeChanges, FakePlatform, FakeReplicaFaults
from tests.fakes.game_day.watchers import (
    FakeAnnouncer,
    FakeDeliveries,
    FakeMetrics,
    FakeObjectives,
    FakeOrders,
    FakeReplicaMetrics,
)
from tests.fakes.load.generator import FakeLoad
from tests.fakes.stack.replicas import FakeFaults, FakeReplica


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
        self.janitor_died_at: datetime | None = None
        self.alerts: tuple[str, ...] = ("BackendDown",)
        self.rules: tuple[LiveRule, ...] = ()
        self.backend_change = BackendChange.CHANGE
        self.delivered: tuple[Delivery, ...] = ()
        self.failing_per_second = 0
        self.unexpected_per_second = 0
        self.fired_alerts: tuple[str, ...] = ()
        self.faults = FakeFaults(self.replicas)
        self.replica_faults = FakeReplicaFaults(self.replicas, self.clock)
        self.changes = FakeChanges(self.replicas)
        self.ledger = FakeLedger(self.clock)
        self.lock = FakeLock(self.clock)
        self.halt = FakeHalt()
        self.load = FakeLoad(self)
        self.runs = FakeRuns()
        self.orders = FakeOrders()
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
                metrics=FakeMetrics(self), deliveries=FakeDeliveries(self), orders=self.orders
            ),
            freezes=self.current_freezes,
            announcer=FakeAnnouncer(self),
        )

    async def current_freezes(self) -> tuple[Freeze, ...]:
        return self.freezes

    @property
    def sweeper(self) -> Sweeper:
        return wiring.sweeper(self.tools)

    @property
    def armed(self) -> dict[str, list[str]]:
        """Which faults are on right now, by replica; empty when the stack is fault-free."""
        live = {name: list(fake.live()) for name, fake in self.replicas.items()}
        return {name: ids for name, ids in live.items() if ids}
