"""The open loop: each hit leaves at its intended time, whatever became of those before it."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

from ironclad.clock import Epoch
from ironclad.domain.experiment.pacer import offered_total
from ironclad.domain.load.load import LoadOrder, LoadSecond
from ironclad.domain.load.wire_format import Closing
from ironclad.load.account import Account
from ironclad.load.client import Client
from ironclad.load.ledger_file import LedgerFile
from ironclad.load.mix import Request, Requests

GIVE_UP_SECONDS = 1.0
"""A hit that is later than this is dropped: a burst of old hits would be a fault of its own."""

LANDS_WITHIN_SECONDS = 1.0
"""Of answers that no runner waits for any more."""


class Generator:
    def __init__(
        self,
        order: LoadOrder,
        *,
        client: Client,
        ledger: LedgerFile,
        epoch: Epoch,
        in_flight_limit: int,
    ) -> None:
        self._order, self._client, self._ledger, self._epoch = order, client, ledger, epoch
        self._in_flight_limit = in_flight_limit
        self._requests = Requests(order.load, order.seed)
        self._begun_at = epoch.now()
        self._account = Account(self._begun_at, order.slow_after_seconds)
        self._flying: set[asyncio.Task[None]] = set()
        self.is_orphaned = False
        """Its runner is gone, so it ends soon rather than with its last answer."""
        self.offered = offered_total(order.load.pacer, timedelta(seconds=order.duration_seconds))

    @property
    def begun_at(self) -> float:
        return self._begun_at

    async def run(
        self, stopped: Awaitable[str], report: Callable[[list[LoadSecond]], None]
    ) -> Closing:
        """Send everything that is due until `stopped` gives a reason, then wait for answers."""
        ticker = asyncio.create_task(self._tick(report))
        pace = asyncio.create_task(self._pace())
        stopping = asyncio.ensure_future(stopped)
        await asyncio.wait({pace, stopping, ticker}, return_when=asyncio.FIRST_COMPLETED)
        reason = _why(pace, stopping, ticker)
        pace.cancel()
        await self._land()
        for task in (ticker, stopping):
            task.cancel()
        await asyncio.gather(pace, ticker, stopping, return_exceptions=True)
        return self._close(reason, report)

    async def _pace(self) -> None:
        for number in range(self.offered):
            due = self._begun_at + self._order.load.pacer.due_at(number)
            await self._until(due)
            self._fire(number, due)
        await self._until(self._begun_at + self._order.duration_seconds)

    async def _until(self, at: float) -> None:
        """Wait, or at least let the others run: a loop that only sends would starve answers."""
        await asyncio.sleep(max(0.0, at - self._epoch.now()))

    def _fire(self, number: int, due: float) -> None:
        request = self._requests.draw()
        is_stale = self._epoch.now() - due > GIVE_UP_SECONDS
        if is_stale or self._account.in_flight >= self._in_flight_limit:
            self._account.drop()
            return
        self._account.in_flight += 1
        task = asyncio.create_task(self._hit(number, due, request))
        self._flying.add(task)
        task.add_done_callback(self._flying.discard)

    async def _hit(self, number: int, due: float, request: Request) -> None:
        lateness = self._epoch.now() - due
        self._account.sent(lateness)
        try:
            attempt = await self._client.attempt(number, due, request)
        finally:
            self._account.in_flight -= 1
        self._ledger.add(attempt)
        self._requests.answered(request, attempt)
        is_expected = request.met(attempt)
        self._account.answered(attempt, self._epoch.now(), is_expected=is_expected)

    async def _tick(self, report: Callable[[list[LoadSecond]], None]) -> None:
        """Report each second once it is over; ends only by an error of the report."""
        second = 0
        while True:
            second += 1
            await self._until(self._begun_at + second)
            self._account.roll(self._epoch.now())
            self._ledger.flush()
            report(self._account.take())

    async def _land(self) -> None:
        """Wait for the answers in flight; each has its own timeout."""
        if self._flying:
            within = LANDS_WITHIN_SECONDS if self.is_orphaned else None
            await asyncio.wait(self._flying, timeout=within)
        for task in self._flying:
            task.cancel()
        await asyncio.gather(*self._flying, return_exceptions=True)

    def _close(self, reason: str, report: Callable[[list[LoadSecond]], None]) -> Closing:
        self._ledger.close()
        self._account.close_rest()
        sent, dropped = len(self._account.lateness), self._account.dropped
        p50, p95, p99 = self._account.latencies.percentiles().values()
        closing = Closing(
            started_at=self._begun_at,
            ended_at=self._epoch.now(),
            offered=self.offered,
            dropped=dropped,
            unsent=self.offered - sent - dropped,
            lateness_p99_seconds=self._account.lateness.percentiles()[99.0],
            latency_p50_seconds=p50,
            latency_p95_seconds=p95,
            latency_p99_seconds=p99,
            complete=not reason,
            reason=reason,
        )
        report(self._account.take())
        return closing


def _why(
    pace: "asyncio.Task[None]", stopping: "asyncio.Future[str]", ticker: "asyncio.Task[None]"
) -> str:
    """Say why the load ended early; empty when it did not."""
    if ticker.done():
        return f"the account could not be written ({ticker.exception()})"
    if pace.done():
        error = pace.exception()
        return f"the generator failed ({error!r})" if error else ""
    return stopping.result()
