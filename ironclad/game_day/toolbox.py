"""Everything that a game day works with, bundled by `wiring`."""

from collections.abc import Callable
from dataclasses import dataclass, field

from ironclad.domain.experiment import FaultKind
from ironclad.domain.stack import Endpoints, Replica, StackRef
from ironclad.errors import RefusedError
from ironclad.ports import (
    Announcer,
    Clock,
    DeliveryLog,
    FaultInjector,
    LoadGenerator,
    MetricsSource,
    Objectives,
    OrderBook,
    Platform,
    ReplicaFaults,
    ReplicaMetrics,
    RunFiles,
    StackLock,
    UndoLedger,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Watchers:
    """What looks at a stack; known only once the stack says where its doors are."""

    metrics: MetricsSource
    deliveries: DeliveryLog
    orders: OrderBook


class Spared:
    """Replicas of a platform that has no way to end one: a plan that wants to is refused."""

    async def life(self, replica: Replica) -> str:
        raise RefusedError((f"nothing on this platform can end {replica.name}",))

    async def strike(self, replica: Replica, kind: FaultKind) -> None:
        raise RefusedError((f"nothing on this platform does a {kind} of {replica.name}",))


class Unheard:
    """A platform where nobody listens to announcements."""

    async def announce(self, reason: str, message: str) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Toolbox:
    ref: StackRef
    platform: Platform
    lock: StackLock
    ledger: UndoLedger
    faults: FaultInjector
    replica_faults: ReplicaFaults = field(default_factory=Spared)
    load: LoadGenerator
    replica_metrics: ReplicaMetrics
    objectives: Objectives
    runs: RunFiles
    clock: Clock
    watchers: Callable[[Endpoints], Watchers]
    announcer: Announcer = field(default_factory=Unheard)
