"""A whole stack in memory whose sources agree: what a client saw is what a replica counted."""

import math
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from ironclad.adapters.experiments.objectives import SloDocuments
from ironclad.adapters.http.replica_metrics import load_counts, objective_counts
from ironclad.adapters.runs.run_files import RunFiles
from ironclad.domain.evidence.counters import Sample, Series
from ironclad.domain.evidence.evidence import ReplicaCounters, WriteCheck
from ironclad.domain.judging.watched import EVALUATED
from ironclad.domain.load.load import Attempt
from ironclad.domain.slo.selector import parse_selector
from ironclad.domain.slo.slo import Counts, Objective
from ironclad.domain.stack.stack import Replica, StackRef
from ironclad.game_day.toolbox import Watchers
from ironclad.settings import PROJECT, settings
from tests.fakes.game_day.watchers import FakeDeliveries, FakeMetrics, FakeOrders
from tests.fakes.game_day.world import World
from tests.fakes.memory.load import MemoryLoad
from tests.fakes.memory.replica import MemoryReplica

if TYPE_CHECKING:
    from ironclad.game_day.toolbox import Toolbox

STARTED_SECONDS_AGO = 600.0
STEADY = {
    "process_resident_memory_bytes": 2.0**26,
    "process_open_fds": 20.0,
    "database_pool_in_use": 1.0,
}


class MemoryStack(World):
    def __init__(self, ref: StackRef) -> None:
        super().__init__()
        for name, fake in self.replicas.items():
            self.replicas[name] = MemoryReplica(fake.replica, self.clock)
        self.started_at = self.clock.now().timestamp() - STARTED_SECONDS_AGO
        folder = settings().state / "memory" / ref.name
        self.tools: Toolbox = replace(
            self.tools,
            ref=ref,
            load=MemoryLoad(self),
            replica_metrics=MemoryPage(self),
            objectives=SloDocuments(PROJECT / "monitoring" / "slos"),
            runs=RunFiles(settings().reports, folder / "runs", folder / "load"),
            watchers=lambda _: Watchers(
                metrics=MemoryMetrics(self), deliveries=FakeDeliveries(self), orders=Orders(self)
            ),
        )

    def memory_replicas(self) -> list[MemoryReplica]:
        return [each for each in self.replicas.values() if isinstance(each, MemoryReplica)]


class MemoryPage:
    def __init__(self, stack: MemoryStack) -> None:
        self.stack = stack

    async def counters(
        self, replica: Replica, objectives: Sequence[Objective]
    ) -> ReplicaCounters | None:
        (found,) = (one for one in self.stack.memory_replicas() if one.replica.name == replica.name)
        now = self.stack.clock.now()
        page = found.page(now.timestamp())
        counts = {objective.name: objective_counts(page, objective) for objective in objectives}
        return ReplicaCounters(
            replica=replica.name,
            read_at=now,
            started_at=self.stack.started_at,
            counts={name: each for name, each in counts.items() if each is not None},
            load_counts=load_counts(page) or Counts(0, 0),
        )


class MemoryMetrics(FakeMetrics):
    """A scrape each second, of every replica at the same moment."""

    def __init__(self, stack: MemoryStack) -> None:
        super().__init__(stack)
        self.stack = stack

    async def raw(self, selector: str, start: float, end: float) -> tuple[Series, ...]:
        return tuple(self._series(selector, start, end))

    def _series(self, selector: str, start: float, end: float) -> Iterator[Series]:
        wanted = parse_selector(selector)
        for one in self.stack.memory_replicas():
            target = {"job": "ironclad-backend", "pod": one.replica.name}
            for metric, found, value in _measured(one):
                if wanted.matches(metric, {**found, **target}):
                    labels = {**found, **target, "__name__": metric}
                    samples = tuple(Sample(at, value(at)) for at in _scrapes(start, end))
                    yield Series(tuple(sorted(labels.items())), samples)


_Measured = tuple[str, dict[str, str], Callable[[float], float]]


def _measured(replica: MemoryReplica) -> Iterator[_Measured]:
    """Give each series as a function of time; a request takes a millisecond of CPU."""
    for (metric, labels), times in replica.times.items():
        yield metric, dict(labels), partial(_count, times)
    served = sorted(
        at
        for (metric, _), times in replica.times.items()
        if metric == "http_request_duration_seconds_count"
        for at in times
    )
    yield "process_cpu_seconds_total", {}, lambda at: 0.001 * _count(served, at)
    yield EVALUATED, {}, lambda at: at
    for metric, value in STEADY.items():
        yield metric, {}, partial(_steady, value)


def _count(times: Sequence[float], at: float) -> float:
    return float(bisect_right(times, at))


def _steady(value: float, at: float) -> float:
    del at
    return value


def _scrapes(start: float, end: float) -> list[float]:
    """One each second, and one at the end."""
    whole = [start + second for second in range(math.ceil(end - start))]
    return [*whole, end]


class Orders(FakeOrders):
    def __init__(self, stack: MemoryStack) -> None:
        super().__init__()
        self.stack = stack

    async def check(self, run: str, acknowledged: Sequence[Attempt]) -> WriteCheck:
        del run
        stored = set().union(*(each.orders for each in self.stack.memory_replicas()))
        lost = sum(each.idempotency_key not in stored for each in acknowledged)
        return WriteCheck(acknowledged=len(acknowledged), lost=lost, duplicated=0)
