"""After the load: every source once more, at fixed timestamps, after a settle time."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime

from ironclad.domain.alerting.firing_alerts import AlertSighting, Delivery
from ironclad.domain.evidence.attempt_stats import acknowledged_writes
from ironclad.domain.evidence.evidence import MetricsWindow
from ironclad.domain.slo.slo import Objective
from ironclad.errors import IroncladError
from ironclad.game_day.phases.observing import observe
from ironclad.game_day.run import GameDay
from ironclad.game_day.sources.platform_state import read_counters
from ironclad.game_day.sources.scraping import all_scraped


async def measure(day: GameDay) -> None:
    """Gather what is left to gather; what cannot be had becomes a gap, never an exception."""
    await day.tools.clock.sleep(day.plan.experiment.phases.settle.total_seconds())
    await all_scraped(day, since=day.tools.clock.now().timestamp())
    day.measurement.replicas = await read_counters(day, "after the load")
    end = day.tools.clock.now().timestamp()
    windows = [await _window(day, objective, end) for objective in _counted_by_prometheus(day)]
    day.measurement.windows = tuple(window for window in windows if window is not None)
    day.alerts.sightings = await _alerts(day, end)
    await observe(day, end)
    await _check_writes(day)
    day.journal.mark("every source was read after the load")


def _counted_by_prometheus(day: GameDay) -> tuple[Objective, ...]:
    """Of a service that is not ours, what the objectives' indicators count is somebody else's."""
    return day.plan.objectives if day.plan.experiment.workload is None else ()


async def _window(day: GameDay, objective: Objective, end: float) -> MetricsWindow | None:
    metrics, start = day.watchers.metrics, day.baseline.began_at
    parts = objective.indicator.selectors
    with day.journal.admitting(f"Prometheus gave no samples for {objective.name}"):
        found = await asyncio.gather(*(metrics.raw(one, start, end) for one in parts.values()))
        samples = dict(zip(parts, found, strict=True))
        return MetricsWindow(objective=objective.name, start=start, end=end, **samples)
    return None


async def _alerts(day: GameDay, end: float) -> tuple[AlertSighting, ...]:
    """Look at those that were expected, and at every other that fired: it would have paged."""
    expected, metrics = day.plan.experiment.expect.alerts, day.watchers.metrics
    named = (*expected.must, *expected.must_not)
    try:
        fired = await metrics.fired_alerts(day.baseline.began_at, end)
        names = tuple(dict.fromkeys((*named, *fired)))
        sightings = await metrics.alert_sightings(names, day.baseline.began_at, end)
        since = datetime.fromtimestamp(day.baseline.began_at, UTC)
        deliveries = await day.watchers.deliveries.deliveries(since) if names else ()
    except IroncladError as error:
        if named:
            day.journal.admit(f"the alerts could not be read: {error}")
        return ()
    return tuple(_delivered(sighting, deliveries) for sighting in sightings)


def _delivered(sighting: AlertSighting, deliveries: tuple[Delivery, ...]) -> AlertSighting:
    """Add the first delivery of the alert as the recorder's clock saw it."""
    times = [
        delivery.received_at
        for delivery in deliveries
        if delivery.name == sighting.name and delivery.status == "firing"
    ]
    return replace(sighting, delivered_at=min(times, default=None))


async def _check_writes(day: GameDay) -> None:
    if day.load.result is None:
        return
    acknowledged, orders = acknowledged_writes(day.load.result.attempts), day.watchers.orders
    with day.journal.admitting("the writes could not be looked up"):
        day.measurement.writes = await orders.check(day.plan.run, acknowledged)
        await orders.clear(day.plan.run)
