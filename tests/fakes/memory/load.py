"""Load that calls replicas in turn, one request at its time."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from itertools import count
from typing import TYPE_CHECKING

from ironclad.domain.load.load import Attempt, LoadOrder, LoadResult, LoadSecond, Operation
from ironclad.load.account import Account
from tests.fakes.memory.replica import LATENCY_SECONDS

if TYPE_CHECKING:
    from tests.fakes.memory.stack import MemoryStack


class MemoryHandle:
    def __init__(self, stack: "MemoryStack", order: LoadOrder) -> None:
        self.stack = stack
        self.order = order
        self.begun_at = stack.clock.now().timestamp()
        self.account = Account(self.begun_at, order.slow_after_seconds)
        self.closed: list[LoadSecond] = []
        self.attempts: list[Attempt] = []
        self.sending = asyncio.create_task(self._send())

    async def renew(self) -> None: ...

    async def _send(self) -> None:
        for number in count():
            due = number / self.order.load.pacer.rate_at(0.0)
            if due >= self.order.duration_seconds:
                return
            await self.stack.clock.sleep(self.begun_at + due - self.stack.clock.now().timestamp())
            self._ask(number)

    def _ask(self, number: int) -> None:
        replicas = [each for each in self.stack.memory_replicas() if each.answers]
        replica = replicas[number % len(replicas)]
        operation = Operation.READ if number % 5 else Operation.WRITE
        now, key = self.stack.clock.now().timestamp(), f"{self.order.run}-{number}"
        status, fault = replica.answer(operation, key)
        attempt = Attempt(
            number=number,
            operation=operation,
            intended_at=now,
            sent_at=now,
            latency_seconds=LATENCY_SECONDS,
            status=status,
            error="",
            replica=replica.replica.name,
            fault=fault,
            order_id=key if status == 201 else "",
            idempotency_key=key if operation is Operation.WRITE else "",
        )
        self.attempts.append(attempt)
        self.account.sent(0.0)
        self.account.answered(attempt, now + LATENCY_SECONDS)

    def seconds(self) -> tuple[LoadSecond, ...]:
        self.closed += self.account.take()
        return tuple(self.closed)

    async def finished(self) -> LoadResult:
        await asyncio.wait({self.sending})
        return LoadResult(
            attempts=tuple(self.attempts),
            started_at=datetime.fromtimestamp(self.begun_at, UTC),
            ended_at=self.stack.clock.now(),
            offered=len(self.attempts),
            dropped=0,
            unsent=0,
            lateness_p99_seconds=0.0,
            complete=not self.sending.cancelled(),
        )

    async def stop(self) -> None:
        self.sending.cancel()


class MemoryLoad:
    def __init__(self, stack: "MemoryStack") -> None:
        self.stack = stack

    async def refusal(self) -> str:
        return ""

    @asynccontextmanager
    async def running(self, order: LoadOrder) -> AsyncIterator[MemoryHandle]:
        handle = MemoryHandle(self.stack, order)
        try:
            yield handle
        finally:
            await handle.stop()
