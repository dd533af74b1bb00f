"""The engine's side of a fault against a real replica: confirmed, renewed, removed, reported."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from ironclad.adapters.http.chaos import ChaosHttp
from ironclad.adapters.http.transport import TokenFile
from ironclad.clock import SystemClock
from ironclad.domain.experiment.experiment import Fault, Target
from ironclad.domain.faults.catalogue import FaultKind
from ironclad.domain.stack.stack import Replica as Place
from ironclad.game_day.faults.leased import LeasedFault
from ironclad.game_day.planning.making import make_plan
from ironclad.game_day.run import GameDay
from tests.backend.replica_process import TOKEN, Replica
from tests.fakes.game_day.world import World
from tests.fakes.load.bursts import error_burst
from tests.fakes.stack.replicas import FakeReplica

BURN = Fault(
    id="f",
    kind=FaultKind.CPU_BURN,
    at=timedelta(),
    duration=timedelta(seconds=3),
    target=Target(replicas=1),
    cores=0.3,
)
FAULTS = [
    BURN,
    replace(BURN, kind=FaultKind.MEMORY_PRESSURE, cores=None, size_bytes=32 << 20),
    replace(BURN, kind=FaultKind.NOT_READY, cores=None),
]


async def work_on(replica: Replica, fault: Fault, folder: Path) -> LeasedFault:
    """A game day in memory whose only replica, and whose clock, are real."""
    token = folder / "token"
    token.write_text(TOKEN)
    world = World()
    place = Place(replica.name, replica.url)
    world.replicas.clear()
    world.replicas[place.name] = FakeReplica(place, world.clock)
    plan = await make_plan(error_burst(faults=(fault,)), world.tools, who="me", why="")
    tools = replace(world.tools, faults=ChaosHttp(TokenFile(token)), clock=SystemClock())
    return LeasedFault(GameDay(plan, tools, lambda _: None), plan.faults[0])


@pytest.fixture
async def work(
    replica: Replica, request: pytest.FixtureRequest, tmp_path: Path
) -> AsyncIterator[LeasedFault]:
    work = await work_on(replica, request.param, tmp_path)
    await work.begin()
    work.recorder.armed(work.day.tools.clock.now())
    yield work
    await work.take_back()


async def sees(work: LeasedFault) -> bool:
    clock = work.day.tools.clock
    last = clock.monotonic() + work.seen_within_seconds
    while not await work.has_effect():
        if clock.monotonic() >= last:
            return False
        await clock.sleep(0.1)
    return True


@pytest.mark.parametrize("work", FAULTS, indirect=True, ids=lambda fault: fault.kind)
async def test_it_is_seen_kept_and_taken_off(work: LeasedFault, replica: Replica) -> None:
    assert await sees(work)
    work.renewed = 0.0
    await work.keep()
    assert not work.day.status.is_aborted
    assert await work.take_back() == ""
    record = work.recorder.record
    assert not record.lapsed, record.problem
    assert record.problem == ""
    assert replica.control("GET", "").json()["faults"] == []
    if work.planned.fault.cores is not None:
        assert (record.cpu_seconds or 0) > 0
    if work.planned.fault.size_bytes is not None:
        assert (record.held_bytes or 0) >= 32 << 20


@pytest.mark.parametrize("work", FAULTS[:1], indirect=True, ids=["cpu-burn"])
async def test_what_a_person_took_off_meanwhile_ends_the_run(
    work: LeasedFault, replica: Replica
) -> None:
    replica.control("DELETE", "/faults/f")
    work.renewed = 0.0
    await work.keep()
    assert work.day.status.aborted_by == "lease"
    assert work.recorder.record.lapsed


async def test_a_replica_that_dies_while_armed_ends_the_run_and_leaves_nothing(
    database_url: str, tmp_path: Path
) -> None:
    with Replica(database_url, name="backend-0") as own:
        work = await work_on(own, BURN, tmp_path)
        await work.begin()
        work.recorder.armed(work.day.tools.clock.now())
        own.process.kill()
        own.process.wait()
        with Replica(database_url, name="backend-0", port=own.port) as heir:
            work.renewed = 0.0
            await work.keep()
            assert work.day.status.aborted_by == "lease"
            assert await work.take_back() == ""
            assert work.recorder.record.lapsed
            assert heir.control("GET", "").json()["faults"] == []
