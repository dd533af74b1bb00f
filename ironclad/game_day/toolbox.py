"""Everything that a game day works with, bundled by `wiring`."""

from collections.abc import Callable
from dataclasses import dataclass

from ironclad.domain.stack import Endpoints, StackRef
from ironclad.ports import (
    Clock,
    DeliveryLog,
    FaultInjector,
    LoadGenerator,
    MetricsSource,
    Objectives,
    OrderBook,
    Platform,
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Toolbox:
    ref: StackRef
    platform: Platform
    lock: StackLock
    ledger: UndoLedger
    faults: FaultInjector
    load: LoadGenerator
    replica_metrics: ReplicaMetrics
    objectives: Objectives
    runs: RunFiles
    clock: Clock
    watchers: Callable[[Endpoints], Watchers]
