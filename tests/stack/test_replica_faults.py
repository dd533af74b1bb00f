"""Replicas that end on the real stack, and the supervisor that brings the next ones."""

import asyncio
import time
from dataclasses import dataclass

import httpx
import pytest

from ironclad.adapters.http.chaos import ChaosHttp
from ironclad.adapters.http.transport import TokenFile
from ironclad.adapters.local.changes import LocalReplicaFaults
from ironclad.domain.faults.catalogue import FaultKind
from ironclad.domain.stack.stack import Replica
from ironclad.errors import RemoteError
from ironclad.undo.sweeping import what_is_missing
from tests.fakes.stack.live_stack import LiveStack, becomes_true

pytestmark = pytest.mark.stack


@dataclass(frozen=True)
class EndedReplica:
    """One replica of the real stack, and what can be done to it."""

    stack: LiveStack
    faults: LocalReplicaFaults
    replica: Replica

    async def is_another(self, life: str) -> bool:
        return await self.faults.life(self.replica) not in {life, ""}

    async def is_whole(self) -> bool:
        chaos = ChaosHttp(TokenFile(self.stack.platform.folder.chaos_token))
        return not await what_is_missing(self.stack.platform, chaos, 3)

    async def end(self, kind: FaultKind) -> tuple[float, float]:
        """Give the seconds until another life was seen, and until all were ready again."""
        before, started = await self.faults.life(self.replica), time.monotonic()
        await self.faults.terminate(self.replica, kind)
        assert await becomes_true(lambda: self.is_another(before), seconds=15)
        another = time.monotonic() - started
        assert await becomes_true(self.is_whole, seconds=15)
        return another, time.monotonic() - started


@pytest.fixture
async def ended_replica(live_stack: LiveStack) -> EndedReplica:
    faults = LocalReplicaFaults(live_stack.platform.supervisor)
    return EndedReplica(live_stack, faults, (await live_stack.platform.replicas())[1])


async def test_a_killed_replica_leads_another_life_at_once_and_is_soon_ready(
    ended_replica: EndedReplica,
) -> None:
    another, whole = await ended_replica.end(FaultKind.REPLICA_KILL)

    assert another < 2
    assert whole < 10


async def test_one_that_leaves_in_good_order_drains_first_and_costs_no_request(
    ended_replica: EndedReplica,
) -> None:
    ending = asyncio.create_task(ended_replica.end(FaultKind.POD_DELETE))
    service = (await ended_replica.stack.platform.endpoints()).service
    answers: set[int] = set()
    async with httpx.AsyncClient(trust_env=False, timeout=5) as client:
        while not ending.done():
            answers.add((await client.get(f"{service}/api/orders?limit=1")).status_code)
            await asyncio.sleep(0.02)

    another, _ = await ending
    assert answers == {200}
    assert another > 2.5


async def test_what_is_not_supervised_can_neither_be_seen_nor_terminated(
    ended_replica: EndedReplica,
) -> None:
    unknown = Replica("backend-9", "http://127.0.0.1:1")

    with pytest.raises(RemoteError, match="BAD_NAME"):
        await ended_replica.faults.life(unknown)
    with pytest.raises(RemoteError, match="BAD_NAME"):
        await ended_replica.faults.terminate(unknown, FaultKind.REPLICA_KILL)
