"""The generator as a process: it keeps time, counts everything, and never outlives its feeder."""

import asyncio
import json
import os
import signal
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from ironclad.adapters.load.process import LoadProcess
from ironclad.domain.evidence import attempt_stats
from ironclad.domain.evidence.quantiles import latency_quantiles
from ironclad.domain.load.load import LoadOrder, LoadResult, Operation
from ironclad.domain.load.wire_format import order_to_json
from ironclad.errors import UnreachableError
from tests.fakes.load.orders import load_order
from tests.fakes.stack.order_service import OrderService
from tests.fakes.stack.raw_server import OK, raw_server
from tests.fakes.stack.serving import serving
from tests.places import ROOT

PATIENCE_SECONDS = 15.0


async def until(condition: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < deadline, f"still waiting: {what}"
        await asyncio.sleep(0.02)


async def run(order: LoadOrder, folder: Path) -> LoadResult:
    async with LoadProcess(folder).running(order) as handle:
        return await handle.finished()


def assert_whole(result: LoadResult) -> None:
    """A busy machine may delay the generator; anything else is a defect."""
    assert result.complete or result.reason.endswith("ms late"), result.reason


async def test_every_request_is_answered_counted_and_written_down(tmp_path: Path) -> None:
    service = OrderService()
    with serving(service.app()) as url:
        result = await run(load_order(url, rate=100, seconds=2), tmp_path)
    assert_whole(result)
    assert result.offered == len(result.attempts) == len(service.seen) == 200
    assert (result.dropped, result.unsent) == (0, 0)
    assert {row.status for row in result.attempts} == {200, 201}
    assert service.runs == {"trial"}
    writes = attempt_stats.acknowledged_writes(result.attempts)
    assert {row.idempotency_key for row in writes} == set(service.orders)
    assert {row.order_id for row in writes} == {order["id"] for order in service.orders.values()}
    assert [row.number for row in result.attempts] == list(range(200))
    reads = [row for row in result.attempts if row.operation is Operation.READ]
    assert 130 < len(reads) < 190
    assert any(path.startswith("GET /api/orders/") for path in service.seen)


async def test_the_guard_sees_answers_that_no_request_expects(tmp_path: Path) -> None:
    with serving(OrderService(status=404).app()) as url:
        async with LoadProcess(tmp_path).running(load_order(url, rate=50, seconds=1)) as handle:
            await handle.finished()
    seconds = handle.seconds()
    assert sum(second.answers.get("404", 0) for second in seconds) == 50
    assert sum(second.unexpected for second in seconds) == 50
    assert sum(second.ok for second in seconds) == 50


async def test_the_guard_sees_each_second_as_it_ends(tmp_path: Path) -> None:
    service = OrderService(headers={"X-Ironclad-Replica": "one", "X-Ironclad-Fault": "errors"})
    with serving(service.app()) as url:
        async with LoadProcess(tmp_path).running(load_order(url, rate=50, seconds=2)) as handle:
            await until(lambda: len(handle.seconds()) >= 1, "the first second")
            result = await handle.finished()
    seconds = handle.seconds()
    assert sum(second.sent for second in seconds) == len(result.attempts) == 100
    assert sum(second.ok for second in seconds) == 100
    assert sum(second.marked["errors"] for second in seconds) == 100
    assert seconds[1].at - seconds[0].at == pytest.approx(1)


async def test_a_loop_that_cancels_all_of_its_tasks_still_gets_the_whole_account(
    tmp_path: Path,
) -> None:
    """As asyncio does when a signal's exception ends it: a worker's cancelled run goes that way."""
    service = OrderService()
    with serving(service.app()) as url:
        async with LoadProcess(tmp_path).running(load_order(url, rate=50, seconds=60)) as handle:
            await until(lambda: len(handle.seconds()) >= 1, "the first second")
            for other in asyncio.all_tasks() - {asyncio.current_task()}:
                other.cancel()
            await asyncio.sleep(0)
            began = time.monotonic()
            await handle.stop()
            result = await handle.finished()
    assert time.monotonic() - began < 5
    assert len(result.attempts) == len(service.seen) >= 50
    assert sum(second.sent for second in handle.seconds()) == len(result.attempts)
    assert "ledger" not in result.reason


async def test_resets_are_one_row_each_and_nothing_is_sent_twice(tmp_path: Path) -> None:
    seen = 0

    async def every_third_breaks(_: bytes, writer: asyncio.StreamWriter) -> bool:
        nonlocal seen
        seen += 1
        if seen % 3 == 0:
            writer.close()
            return False
        writer.write(OK)
        return True

    async with raw_server(every_third_breaks) as url:
        result = await run(load_order(url, rate=100, seconds=2), tmp_path)
    assert_whole(result)
    assert len(result.attempts) == seen == 200
    broken = [row for row in result.attempts if row.status is None]
    assert len(broken) == 66
    assert {row.error for row in broken} == {"closed"}
    assert attempt_stats.blind_spot(result.attempts).transport_errors == 66


STALL_RATE, STALL_DURATION, TRIES = 300, 3, 5


@dataclass(frozen=True)
class Stalled:
    """The p99 by the ledger and by the generator's histogram, the true one, and its lateness."""

    measured: float
    counted: float
    analytic: float
    lateness: float

    @property
    def is_exact(self) -> bool:
        found = (self.measured, self.counted)
        return all(abs(one - self.analytic) <= 0.01 * self.analytic for one in found)


async def stalled(folder: Path) -> Stalled:
    """Stall a service for a second under load.

    All requests due in the stalled second wait for its end: 1 s, 1 − 1/300 s, … 1/300 s. Of 900
    requests the p99 is the 891st, the 10th longest: 1 − 9/300 = 0.97 s. A closed loop would have
    seen a slow request or two, and a p99 of milliseconds.
    """
    gate = asyncio.Event()
    gate.set()

    async def answer(_: bytes, writer: asyncio.StreamWriter) -> bool:
        await gate.wait()
        writer.write(OK)
        return True

    async with raw_server(answer) as url:
        order = load_order(url, rate=STALL_RATE, seconds=STALL_DURATION, timeout=2)
        async with LoadProcess(folder).running(order) as handle:
            await asyncio.sleep(handle.started_at + 1.5 - time.time())
            gate.clear()
            begun = time.time() - handle.started_at
            await asyncio.sleep(1)
            gate.set()
            ended = time.time() - handle.started_at
            result = await handle.finished()
    due = [number / STALL_RATE for number in range(STALL_RATE * STALL_DURATION)]
    analytic = latency_quantiles(ended - at if begun <= at < ended else 0.0 for at in due)
    measured = latency_quantiles(row.latency_seconds for row in result.attempts)
    assert measured is not None
    assert analytic is not None
    counted = handle.closing and handle.closing.latency_p99_seconds
    assert counted == pytest.approx(measured.p99, rel=0.001)
    assert counted
    return Stalled(measured.p99, counted, analytic.p99, result.lateness_p99_seconds or 0.0)


async def test_a_second_of_stall_shows_in_the_p99_as_arithmetic_says(tmp_path: Path) -> None:
    """Within 1 %, in one of a few tries: a busy machine adds stalls of its own."""
    tries: list[Stalled] = []
    while not any(one.is_exact for one in tries):
        if len(tries) == TRIES:
            assert all(one.lateness > 0.005 for one in tries), tries
            pytest.skip(f"this machine is too busy to keep time: {tries}")
        tries.append(await stalled(tmp_path))


async def test_the_service_may_hang_without_delaying_a_single_request(tmp_path: Path) -> None:
    async def never(_: bytes, writer: asyncio.StreamWriter) -> bool:
        del writer
        await asyncio.sleep(60)
        return False

    async with raw_server(never) as url:
        result = await run(load_order(url, rate=100, seconds=2, timeout=0.5), tmp_path)
    assert_whole(result)
    assert {(row.status, row.error) for row in result.attempts} == {(None, "timeout")}
    assert len(result.attempts) == 200
    assert result.lateness_p99_seconds is not None
    assert result.lateness_p99_seconds < 0.25


async def test_a_runner_that_says_nothing_any_more_stops_the_load(tmp_path: Path) -> None:
    service = OrderService()
    with serving(service.app()) as url:
        order = load_order(url, rate=50, seconds=60, lease=0.5)
        async with LoadProcess(tmp_path).running(order) as handle:
            result = await handle.finished()
    assert not result.complete
    assert result.reason == "the runner said nothing for 0.5 s, so the load stopped"
    assert 20 <= len(result.attempts) == len(service.seen) <= 50
    assert result.offered == 3000 == len(result.attempts) + result.unsent


async def test_a_renewed_load_outlives_its_lease(tmp_path: Path) -> None:
    with serving(OrderService().app()) as url:
        order = load_order(url, rate=20, seconds=1.5, lease=0.6)
        async with LoadProcess(tmp_path).running(order) as handle:
            finished = asyncio.create_task(handle.finished())
            while not finished.done():
                await handle.renew()
                await asyncio.wait({finished}, timeout=0.2)
            result = await finished
            await handle.renew()
    assert_whole(result)


async def test_a_stopped_load_keeps_what_it_has(tmp_path: Path) -> None:
    service = OrderService()
    with serving(service.app()) as url:
        async with LoadProcess(tmp_path).running(load_order(url, seconds=60)) as handle:
            await until(lambda: len(service.seen) > 10, "some requests")
            await handle.stop()
            result = await handle.finished()
    assert result.reason == "the load had to stop"
    assert len(result.attempts) == len(service.seen) > 10


async def test_leaving_the_context_stops_the_load(tmp_path: Path) -> None:
    service = OrderService()
    with serving(service.app()) as url:
        async with LoadProcess(tmp_path).running(load_order(url, seconds=60)) as handle:
            await until(lambda: len(service.seen) > 10, "some requests")
        assert not psutil.pid_exists(handle.pid)


async def test_a_killed_generator_leaves_its_rows_up_to_the_last_second(tmp_path: Path) -> None:
    service = OrderService()
    with serving(service.app()) as url:
        async with LoadProcess(tmp_path).running(load_order(url, rate=50, seconds=60)) as handle:
            await until(lambda: len(handle.seconds()) >= 2, "two seconds")
            os.kill(handle.pid, signal.SIGKILL)
            result = await handle.finished()
    assert not result.complete
    assert result.reason == "the load generator died: it left no word"
    assert 0 <= len(service.seen) - len(result.attempts) <= 55
    assert len(result.attempts) >= 95


async def test_a_wedged_generator_is_seen_to_be_late(tmp_path: Path) -> None:
    with serving(OrderService().app()) as url:
        async with LoadProcess(tmp_path).running(load_order(url, rate=100, seconds=2)) as handle:
            await until(lambda: len(handle.seconds()) >= 1, "a second")
            os.kill(handle.pid, signal.SIGSTOP)
            await asyncio.sleep(0.5)
            os.kill(handle.pid, signal.SIGCONT)
            result = await handle.finished()
    assert not result.complete
    assert "the load generator fell behind" in result.reason
    assert sum(second.late for second in handle.seconds()) >= 30


async def test_a_generator_that_cannot_begin_says_why(tmp_path: Path) -> None:
    with pytest.raises(UnreachableError, match=r"did not start: .*URL should be absolute"):
        await run(load_order("nowhere"), tmp_path)


async def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    taken = tmp_path / "taken"
    taken.write_text("")
    with pytest.raises(UnreachableError, match=r"could not be started: .*taken"):
        await run(load_order(), taken)


async def test_ctrl_c_is_the_runners_business(tmp_path: Path) -> None:
    with serving(OrderService().app()) as url:
        async with LoadProcess(tmp_path).running(load_order(url, rate=20, seconds=1)) as handle:
            os.kill(handle.pid, signal.SIGINT)
            result = await handle.finished()
    assert_whole(result)


RUNNER = """
import asyncio, sys
from pathlib import Path
from ironclad.adapters.load.process import LoadProcess
from ironclad.domain.load.wire_format import order_from_json

async def main():
    order = order_from_json(sys.argv[2])
    async with LoadProcess(Path(sys.argv[1])).running(order) as handle:
        print(handle.pid, flush=True)
        while True:
            await handle.renew()
            await asyncio.sleep(order.lease_seconds / 3)

asyncio.run(main())
"""


@asynccontextmanager
async def runner(order: LoadOrder, folder: Path) -> AsyncIterator[tuple[int, int]]:
    """Start a runner of its own; gives its pid and the generator's."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", RUNNER, str(folder), order_to_json(order)),
        stdout=asyncio.subprocess.PIPE,
        cwd=ROOT,
    )
    assert process.stdout is not None
    generator = int(json.loads(await process.stdout.readline()))
    try:
        yield process.pid, generator
    finally:
        with suppress(ProcessLookupError):
            os.kill(process.pid, signal.SIGKILL)
        await process.wait()


@pytest.mark.parametrize("sent", [signal.SIGKILL, signal.SIGSTOP], ids=["killed", "stopped"])
async def test_the_load_ends_within_a_lease_of_its_runner(
    sent: signal.Signals, tmp_path: Path
) -> None:
    service, lease = OrderService(), 1.0
    with serving(service.app()) as url:
        order = load_order(url, rate=100, seconds=60, lease=lease)
        async with runner(order, tmp_path) as (runner_pid, generator_pid):
            await until(lambda: len(service.seen) > 150, "load beyond the first lease")
            os.kill(runner_pid, sent)
            lost_at, before = time.monotonic(), len(service.seen)
            await until(lambda: has_ended(generator_pid), "the end of the generator")
            took = time.monotonic() - lost_at
            after = len(service.seen) - before
    assert took < lease + 1
    assert after <= 100 * lease + 10
    assert (tmp_path / "trial.csv").read_text().count("\n") == len(service.seen) + 1


async def test_a_load_without_its_runner_waits_for_no_answer_that_does_not_come(
    tmp_path: Path,
) -> None:
    """A killed runner's load is gone within 2 s, however long a request may take."""
    waiting: list[bytes] = []

    async def never(head: bytes, writer: asyncio.StreamWriter) -> bool:
        del writer
        waiting.append(head)
        await asyncio.sleep(60)
        return False

    async with raw_server(never) as url:
        order = load_order(url, rate=20, seconds=60, timeout=30)
        async with runner(order, tmp_path) as (runner_pid, generator_pid):
            await until(lambda: len(waiting) > 3, "requests in flight")
            os.kill(runner_pid, signal.SIGKILL)
            lost_at = time.monotonic()
            await until(lambda: has_ended(generator_pid), "the end of the generator")
    assert time.monotonic() - lost_at < 5


def has_ended(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True
