"""Everything that a game day works with, bundled by `wiring`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from ironclad.domain.evidence.counters import Series
    from ironclad.domain.evidence.machine import MachineCounters
    from ironclad.domain.stack.freeze import Freeze
    from ironclad.domain.stack.stack import Endpoints, StackRef
    from ironclad.ports import (
        Announcer,
        Clock,
        ConnectionTrial,
        DeliveryLog,
        FaultInjector,
        HaltSwitch,
        LoadGenerator,
        Machine,
        MetricsSource,
        Objectives,
        OrderBook,
        Platform,
        PlatformChanges,
        ReplicaFaults,
        ReplicaMetrics,
        RunFiles,
        StackLock,
        UndoLedger,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Watchers:
    """The observers of a stack; known only once the stack gives its endpoints."""

    metrics: MetricsSource
    deliveries: DeliveryLog
    orders: OrderBook


class Unheard:
    """A platform without a listener for announcements."""

    async def announce(self, reason: str, message: str) -> None: ...


class NoPolicies:
    """A platform without network policies: there is nothing that a trial could show."""

    async def tried(self, run: str) -> tuple[Series, ...]:
        del run
        return ()


class NoMachine:
    """A platform that spreads a stack over many machines."""

    async def counters(self) -> MachineCounters | None:
        return None


async def never_frozen() -> tuple[Freeze, ...]:
    return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Toolbox:
    """`freezes` are read when they are asked for: a wrong one does not stop an undo."""

    ref: StackRef
    platform: Platform
    lock: StackLock
    halt: HaltSwitch
    ledger: UndoLedger
    faults: FaultInjector
    replica_faults: ReplicaFaults
    changes: PlatformChanges
    load: LoadGenerator
    replica_metrics: ReplicaMetrics
    objectives: Objectives
    runs: RunFiles
    clock: Clock
    watchers: Callable[[Endpoints], Watchers]
    freezes: Callable[[], Awaitable[Sequence[Freeze]]] = never_frozen
    announcer: Announcer = field(default_factory=Unheard)
    connections: ConnectionTrial = field(default_factory=NoPolicies)
    machine: Machine = field(default_factory=NoMachine)
