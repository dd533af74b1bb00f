"""The observers and announcers of a stack."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from ironclad.domain.alerting.firing_alerts import AlertSighting, Delivery
from ironclad.domain.alerting.live_rules import LiveRule
from ironclad.domain.evidence.counters import Sample, Series
from ironclad.domain.evidence.evidence import ReplicaCounters, WriteCheck
from ironclad.domain.load.load import Attempt
from ironclad.domain.slo.slo import Counts, Objective
from ironclad.domain.stack.stack import Replica
from ironclad.errors import UnreachableError
from tests.fakes.load.bursts import AVAILABILITY

if TYPE_CHECKING:
    from tests.fakes.game_day.world import World


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

    async def fired_alerts(self, start: float, end: float) -> tuple[str, ...]:
        return self.world.fired_alerts

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
        if self.world.janitor_died_at is not None:
            return self.world.janitor_died_at
        return self.world.clock.now() if self.world.janitor_sweeps else None


class FakeOrders:
    """`left` is what each run has in the database."""

    def __init__(self) -> None:
        self.left: dict[str, int] = {}
        self.is_away = False

    async def check(self, run: str, acknowledged: Sequence[Attempt]) -> WriteCheck:
        return WriteCheck(acknowledged=len(acknowledged), lost=0, duplicated=0)

    async def clear(self, run: str) -> int:
        if self.is_away:
            raise UnreachableError("there is no replica that could look orders up")
        return self.left.pop(run, 0)


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


class FakeAnnouncer:
    def __init__(self, world: "World") -> None:
        self.world = world

    async def announce(self, reason: str, message: str) -> None:
        self.world.announced.append((reason, message))
