"""What is read when Prometheus asks, and costs a request nothing."""

import platform
from collections.abc import Callable
from functools import partial

from prometheus_client import (
    CollectorRegistry,
    Gauge,
    Info,
    ProcessCollector,
    disable_created_metrics,
)

from backend import VERSION
from backend.breaker import GAUGE_VALUES, Breaker
from backend.chaos import KINDS, FaultRegistry
from backend.database import Database


def new_registry() -> CollectorRegistry:
    # They would be a second, unused series for each counter.
    disable_created_metrics()  # type: ignore[no-untyped-call]
    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    build = Info("backend_build", "What is running.", registry=registry)
    build.info({"version": VERSION, "python": platform.python_version()})
    return registry


def watch_breaker(registry: CollectorRegistry, breaker: Breaker) -> None:
    _gauge(
        registry,
        "circuit_breaker_state",
        "Around the database: 0 closed, 1 half-open, 2 open.",
        lambda: GAUGE_VALUES[breaker.state],
    )


def watch_faults(registry: CollectorRegistry, faults: FaultRegistry) -> None:
    gauge = Gauge("chaos_fault_active", "Faults that are armed.", ("kind",), registry=registry)
    for kind in KINDS:
        gauge.labels(kind).set_function(partial(_count, faults, kind))


def watch_pool(registry: CollectorRegistry, database: Database, size: int) -> None:
    for name, text, value in (
        ("size", "Connections the pool may open.", lambda: size),
        ("in_use", "Connections at work.", lambda: database.in_use),
        ("waiting", "Calls that wait for a connection.", lambda: database.waiting),
    ):
        _gauge(registry, f"database_pool_{name}", text, value)


def _count(faults: FaultRegistry, kind: str) -> int:
    return len(faults.of_kind(kind))


def _gauge(registry: CollectorRegistry, name: str, text: str, value: Callable[[], float]) -> None:
    Gauge(name, text, registry=registry).set_function(value)
