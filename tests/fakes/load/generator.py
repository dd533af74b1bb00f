"""Load that needs no network, only the clock."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ironclad.domain.faults.catalogue import FaultKind
from ironclad.domain.faults.spec import Sign
from ironclad.domain.load.load import LoadOrder, LoadResult, LoadSecond

if TYPE_CHECKING:
    from tests.fakes.game_day.world import World


_UNANSWERED = tuple(kind for kind in FaultKind if kind.spec.sign is Sign.NO_ANSWER)
_MARKING = tuple(kind for kind in FaultKind if kind.spec.sign is Sign.MARKED_ANSWER)


@dataclass
class FakeLoadHandle:
    """Its account follows the clock: each past second, with the errors that armed faults cause."""

    world: "World"
    order: LoadOrder
    started: float
    renewed: int = 0
    is_stopped: bool = False
    account: list[LoadSecond] = field(default_factory=list)

    async def renew(self) -> None:
        self.renewed += 1

    def seconds(self) -> tuple[LoadSecond, ...]:
        while len(self.account) < int(self.world.clock.monotonic() - self.started):
            self.account.append(self._second())
        return tuple(self.account)

    def _second(self) -> LoadSecond:
        replicas = self.world.replicas.values()
        marked = {id_: 7 for fake in replicas for id_ in fake.armed_among(*_MARKING)}
        unanswered = [id_ for fake in replicas for id_ in fake.armed_among(*_UNANSWERED)]
        failed = self.world.failing_per_second or sum(marked.values()) + 7 * len(unanswered)
        return LoadSecond(
            at=self.world.clock.now().timestamp(),
            sent=100,
            ok=100 - failed,
            failed=failed,
            late=0,
            unsent=0,
            in_flight=1,
            latency_p95_seconds=0.01,
            marked=marked,
            answers={"404": self.world.unexpected_per_second},
            unexpected=self.world.unexpected_per_second,
        )

    async def finished(self) -> LoadResult:
        now = self.world.clock.now()
        return LoadResult(
            attempts=(),
            started_at=now,
            ended_at=now,
            offered=0,
            dropped=0,
            unsent=0,
            lateness_p99_seconds=0.001,
            complete=not self.is_stopped,
        )

    async def stop(self) -> None:
        self.is_stopped = True


class FakeLoad:
    def __init__(self, world: "World") -> None:
        self.world = world
        self.handles: list[FakeLoadHandle] = []
        self.why_not = ""

    async def refusal(self) -> str:
        return self.why_not

    @asynccontextmanager
    async def running(self, order: LoadOrder) -> AsyncIterator[FakeLoadHandle]:
        handle = FakeLoadHandle(self.world, order, self.world.clock.monotonic())
        self.handles.append(handle)
        try:
            yield handle
        finally:
            handle.is_stopped = True
