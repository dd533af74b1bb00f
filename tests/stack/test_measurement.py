"""Three sources on the real stack, and each equal to the others to the request."""

import asyncio
import time
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from ironclad.adapters.experiments.objectives import SloDocuments
from ironclad.adapters.http.chaos import ChaosHttp
from ironclad.adapters.http.order_book import OrderBookHttp
from ironclad.adapters.http.replica_metrics import ReplicaMetricsPage
from ironclad.adapters.http.transport import TokenFile
from ironclad.adapters.load.process import LoadProcess, LoadProcessHandle
from ironclad.adapters.prometheus.client import Prometheus
from ironclad.domain.evidence import attempt_stats
from ironclad.domain.evidence.counters import total
from ironclad.domain.evidence.evidence import ReplicaCounters
from ironclad.domain.experiment.experiment import Fault, Target
from ironclad.domain.faults.catalogue import FaultKind
from ironclad.domain.load.load import Attempt, LoadResult
from ironclad.domain.slo.slo import Counts, Objective
from ironclad.domain.stack.stack import Replica
from ironclad.ports import Platform
from tests.fakes.load.orders import load_order
from tests.places import ROOT

pytestmark = pytest.mark.stack

JOB = "ironclad-backend"
OBJECTIVES = SloDocuments(ROOT / "monitoring/slos").load(["orders-availability", "orders-latency"])
ERRORS = Fault(
    id="errors",
    kind=FaultKind.ERROR,
    at=timedelta(),
    duration=timedelta(seconds=3),
    target=Target(replicas=1),
    share=0.2,
    status=503,
    seed=1,
)


@dataclass(frozen=True)
class Stack:
    """The endpoints that a measurement needs."""

    service: str
    prometheus: Prometheus
    replicas: tuple[Replica, ...]
    chaos: ChaosHttp
    orders: OrderBookHttp


@pytest.fixture
async def stack(live_stack: Any) -> Stack:
    platform: Platform = live_stack.platform
    endpoints = await platform.endpoints()
    assert endpoints.service is not None
    assert endpoints.prometheus is not None
    token = live_stack.platform.folder.chaos_token
    return Stack(
        service=endpoints.service,
        prometheus=Prometheus(endpoints.prometheus),
        replicas=await platform.replicas(),
        chaos=ChaosHttp(TokenFile(token)),
        orders=OrderBookHttp(platform.replicas, TokenFile(token)),
    )


async def counters(stack: Stack) -> list[ReplicaCounters]:
    page = ReplicaMetricsPage(TokenFile(Path("no token is needed")))
    read = [await page.counters(one, OBJECTIVES) for one in stack.replicas]
    return [one for one in read if one is not None]


async def scraped(stack: Stack) -> tuple[float, float]:
    """Wait until each replica was scraped anew; gives a moment before that and one after."""
    since, deadline = time.time(), time.monotonic() + 15
    while len(await stack.prometheus.scraped_since(JOB, since)) < len(stack.replicas):
        assert time.monotonic() < deadline, "Prometheus does not scrape all replicas"
        await asyncio.sleep(0.1)
    return since, time.time()


async def errors_for_three_seconds(stack: Stack, handle: LoadProcessHandle) -> tuple[float, float]:
    target, lease = stack.replicas[0], timedelta(seconds=10)
    await asyncio.sleep(max(0.0, handle.started_at + 1 - time.time()))
    await stack.chaos.arm(target, ERRORS, run="measured", lease=lease)
    armed_at = time.time()
    await asyncio.sleep(3)
    disarmed_at = time.time()
    await stack.chaos.disarm(target, ERRORS.id)
    return armed_at, disarmed_at


@dataclass(frozen=True)
class Run:
    start: float
    end: float
    armed_at: float
    disarmed_at: float
    before: list[ReplicaCounters]
    after: list[ReplicaCounters]
    load: LoadResult


async def measured(stack: Stack, folder: Path) -> Run:
    (start, _), before = await scraped(stack), await counters(stack)
    order = load_order(stack.service, run="measured", rate=100, seconds=6, timeout=2)
    async with LoadProcess(folder).running(order) as handle:
        armed_at, disarmed_at = await errors_for_three_seconds(stack, handle)
        load = await handle.finished()
    (_, end), after = await scraped(stack), await counters(stack)
    return Run(start, end, armed_at, disarmed_at, before, after, load)


def by_replicas(run: Run, objective: Objective) -> Counts:
    def added(read: list[ReplicaCounters]) -> Counts:
        return sum((one.counts[objective.name] for one in read), Counts(0, 0))

    before, after = added(run.before), added(run.after)
    return Counts(after.valid - before.valid, after.bad - before.bad)


async def by_prometheus(stack: Stack, run: Run, objective: Objective) -> Counts:
    async def grown(selector: str) -> int:
        found = total(await stack.prometheus.raw(selector, run.start, run.end))
        assert found is not None
        return round(found)

    indicator = objective.indicator
    valid = await grown(indicator.valid)
    if indicator.bad is not None:
        return Counts(valid, await grown(indicator.bad))
    return Counts(valid, valid - await grown(indicator.good or ""))


async def test_client_replicas_and_prometheus_agree_to_the_request(
    stack: Stack, tmp_path: Path
) -> None:
    run = await measured(stack, tmp_path)
    availability, latency = OBJECTIVES
    client = attempt_stats.counts(run.load.attempts)
    assert client.valid == 600
    assert client.bad > 10
    assert attempt_stats.blind_spot(run.load.attempts).total == 0
    assert by_replicas(run, availability) == client
    assert await by_prometheus(stack, run, availability) == client
    assert by_replicas(run, latency).valid == client.valid
    assert await by_prometheus(stack, run, latency) == by_replicas(run, latency)
    every_answer_is_what_was_asked_for(run)
    await the_dose_is_what_was_asked_for(stack, run)
    await every_write_is_found_and_cleared(stack, run)


async def the_dose_is_what_was_asked_for(stack: Stack, run: Run) -> None:
    target = stack.replicas[0].name
    rows = run.load.attempts
    dose = attempt_stats.dose(
        rows, "errors", [target], run.armed_at, run.disarmed_at, shows=is_unavailable
    )
    assert dose.hidden == 0
    assert dose.answered > 60
    assert abs(dose.marked - 0.2 * dose.answered) <= 3
    others = [one.name for one in stack.replicas[1:]]
    spared = attempt_stats.dose(rows, "errors", others, run.start, run.end, shows=is_unavailable)
    assert spared.marked == spared.hidden == 0


def is_unavailable(row: Attempt) -> bool:
    return row.status == 503


async def every_write_is_found_and_cleared(stack: Stack, run: Run) -> None:
    writes = attempt_stats.acknowledged_writes(run.load.attempts)
    found = await stack.orders.check("measured", writes)
    orders = attempt_stats.acknowledged_keys(writes)
    assert (found.acknowledged, found.lost, found.duplicated) == (orders, 0, 0)
    assert await stack.orders.clear("measured") >= orders
    gone = await stack.orders.check("measured", writes)
    assert gone.lost == orders > 60


def every_answer_is_what_was_asked_for(run: Run) -> None:
    """Some writes are repeated with their key, and get the order that was there."""
    rows = run.load.attempts
    assert attempt_stats.wrong_answers(rows) == 0
    writes = attempt_stats.acknowledged_writes(rows)
    assert len(writes) > attempt_stats.acknowledged_keys(rows)
    assert len({(row.idempotency_key, row.order_id) for row in writes}) == (
        attempt_stats.acknowledged_keys(rows)
    )


async def test_prometheus_knows_the_alerts_and_tells_nothing_from_zero(stack: Stack) -> None:
    _, now = await scraped(stack)
    known, unknown = await stack.prometheus.alert_sightings(
        ["BackendDown", "NoSuchAlert"], now - 5, now
    )
    assert (known.known, known.firing_at) == (True, None)
    assert not unknown.known
    assert await stack.prometheus.value("nothing_of_this_name", now) is None
    assert await stack.prometheus.value("0 / 0", now) is None
    failed = f'sum(http_requests_total{{job="{JOB}",route="/api/orders",status="502"}})'
    assert await stack.prometheus.value(failed, now) == 0
    assert await stack.prometheus.raw("nothing_of_this_name", now - 5, now) == ()
