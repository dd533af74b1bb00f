"""Each kind of fault in the backend through the engine: confirmed, renewed, ended, reported."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta

import pytest

from ironclad.domain.evidence.evidence import Evidence, FaultRecord
from ironclad.domain.evidence.journal import Status
from ironclad.domain.experiment.experiment import Experiment, Fault, Target
from ironclad.domain.faults.catalogue import FaultKind
from ironclad.errors import RefusedError
from ironclad.game_day.planning.making import make_plan
from tests.fakes.game_day.playing import play
from tests.fakes.game_day.world import World
from tests.fakes.load.bursts import error_burst


@pytest.fixture
def world() -> World:
    return World()


def fault(kind: FaultKind, **changes: object) -> Fault:
    plain = Fault(
        id=str(kind),
        kind=kind,
        at=timedelta(),
        duration=timedelta(seconds=20),
        target=Target(replicas=1),
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


KINDS = [
    fault(FaultKind.LATENCY, delay=timedelta(milliseconds=300)),
    fault(FaultKind.ERROR, share=0.2, status=503),
    fault(FaultKind.BREAKER_OPEN),
    fault(FaultKind.NOT_READY),
    fault(FaultKind.HANG, share=0.2),
    fault(FaultKind.CONNECTION_RESET, share=0.2),
    fault(FaultKind.DATABASE_SLOW, delay=timedelta(milliseconds=100)),
    fault(FaultKind.DATABASE_ERROR, share=0.2),
    fault(FaultKind.CPU_BURN, cores=1.5),
    fault(FaultKind.MEMORY_PRESSURE, size_bytes=200 << 20),
    fault(FaultKind.CRASH),
]
LEASED = [each for each in KINDS if each.kind is not FaultKind.CRASH]


def breaking(*faults: Fault) -> Experiment:
    return error_burst(faults=faults, abort_when=())


def closed(world: World) -> Evidence:
    (evidence,) = world.runs.closed
    return evidence


def record(world: World, fault_id: str) -> FaultRecord:
    return next(each for each in closed(world).faults if each.id == fault_id)


@pytest.mark.parametrize("one", KINDS, ids=lambda one: one.kind)
async def test_every_kind_is_seen_to_work_and_leaves_nothing(world: World, one: Fault) -> None:
    await play(world, breaking(one))

    found = record(world, one.id)
    assert closed(world).status is Status.COMPLETED, closed(world).status_reason
    assert found.armed_at is not None
    assert found.seen_at is not None
    assert found.undone_at is not None
    assert found.armed_at <= found.seen_at <= found.undone_at
    assert not found.lapsed
    assert world.armed == {}
    assert world.ledger.kept == {}


@pytest.mark.parametrize("one", LEASED, ids=lambda one: one.kind)
async def test_every_kind_without_an_effect_ends_the_run(world: World, one: Fault) -> None:
    for fake in world.replicas.values():
        fake.is_deaf = True

    await play(world, breaking(one))

    assert (closed(world).status, closed(world).aborted_by) == (Status.ABORTED, "dose")
    assert record(world, one.id).seen_at is None
    assert world.armed == {}


@pytest.mark.parametrize("one", [KINDS[4], KINDS[5]], ids=lambda one: one.kind)
async def test_failures_of_others_are_not_taken_for_the_effect(world: World, one: Fault) -> None:
    for fake in world.replicas.values():
        fake.is_deaf = True

    async with later(world, 11.0, lambda world: setattr(world, "failing_per_second", 9)):
        await play(world, breaking(one))

    assert closed(world).aborted_by == "dose"


@pytest.mark.parametrize(
    ("one", "source"),
    [
        (KINDS[1], "client"),
        (KINDS[3], "replica"),
        (KINDS[4], "client"),
        (KINDS[8], "replica"),
        (KINDS[9], "replica"),
    ],
    ids=lambda value: value.kind if isinstance(value, Fault) else value,
)
async def test_the_journal_says_who_saw_it(world: World, one: Fault, source: str) -> None:
    day = await play(world, breaking(one))

    (mark,) = [mark for mark in day.journal.marks if mark.mark == f"{one.id} seen to work"]
    assert mark.source == source


async def test_a_share_of_nothing_is_seen_when_requests_pass_it(world: World) -> None:
    world.replicas["backend-0"].is_deaf = True

    await play(world, breaking(fault(FaultKind.ERROR, share=0.0, status=503)))

    assert closed(world).status is Status.COMPLETED
    assert record(world, "error").seen_at is not None


async def test_what_a_stressor_did_is_kept(world: World) -> None:
    await play(world, breaking(KINDS[8], KINDS[9]))

    assert (record(world, "cpu-burn").cpu_seconds or 0) > 20
    assert record(world, "memory-pressure").held_bytes == 200 << 20


def burn_out(world: World) -> None:
    world.replicas["backend-0"].is_burnt_out = True


@asynccontextmanager
async def later(world: World, at: float, act: Callable[[World], None]) -> AsyncIterator[None]:
    """Do it so many seconds after the start, in virtual time."""

    async def wait() -> None:
        await world.clock.sleep(at - world.clock.monotonic())
        act(world)

    task = asyncio.ensure_future(wait())
    yield
    await task


def death(back_after_seconds: float) -> Callable[[World], None]:
    return lambda world: world.replicas["backend-0"].end(back_after_seconds=back_after_seconds)


async def test_a_stressor_whose_process_ends_by_itself_ends_the_run(world: World) -> None:
    async with later(world, 20.0, burn_out):
        await play(world, breaking(KINDS[9]))

    assert closed(world).aborted_by == "lease"
    found = record(world, "memory-pressure")
    assert found.lapsed
    assert "ended by itself" in found.problem


async def test_two_faults_on_one_replica_begin_and_end_each_in_its_time(world: World) -> None:
    slow = fault(FaultKind.LATENCY, delay=timedelta(milliseconds=300))
    late = fault(FaultKind.ERROR, at=timedelta(seconds=10), share=0.2, status=503)

    await play(world, breaking(slow, late))

    assert closed(world).status is Status.COMPLETED
    assert [line for line in world.faults.log if "arm" in line] == [
        "arm latency backend-0",
        "arm error backend-0",
        "disarm latency backend-0",
        "disarm error backend-0",
    ]
    first, second = record(world, "latency"), record(world, "error")
    for found in (first, second):
        assert found.armed_at is not None
        assert found.undone_at is not None
        assert abs((found.undone_at - found.armed_at).total_seconds() - 20) < 1
    assert world.ledger.kept == {}


@pytest.mark.parametrize("away", [0.5, 5.0, 100.0], ids="back after {} s".format)
@pytest.mark.parametrize("one", LEASED, ids=lambda one: one.kind)
async def test_a_replica_that_dies_while_armed_takes_the_fault_along_and_the_run_says_so(
    world: World, one: Fault, away: float
) -> None:
    async with later(world, 20.0, death(away)):
        await play(world, breaking(one))

    evidence, found = closed(world), record(world, one.id)
    assert (evidence.status, evidence.aborted_by) == (Status.ABORTED, "lease")
    assert f"{one.id} lapsed on backend-0 while it was wanted" in evidence.status_reason
    assert found.lapsed
    assert world.armed == {}


async def test_a_replica_that_dies_just_before_the_end_is_reported_as_well(world: World) -> None:
    """Its end between the last renewal and its removal is found by the removal."""
    async with later(world, 29.6, death(0.1)):
        await play(world, breaking(KINDS[1]))

    assert record(world, "error").lapsed
    assert "had ended on backend-0 when it was taken off" in record(world, "error").problem


async def test_a_death_that_the_plan_wants_cuts_the_fault_and_the_run_goes_on(
    world: World,
) -> None:
    both = breaking(KINDS[1], fault(FaultKind.CRASH, at=timedelta(seconds=10)))

    day = await play(world, both)

    found, crash = record(world, "error"), record(world, "crash")
    assert closed(world).status is Status.COMPLETED, closed(world).status_reason
    assert not found.lapsed
    assert found.cut == {"backend-0": crash.armed_at}
    assert (found.seen, found.hit) == (100, 20), "what it did until the last renewal counts"
    assert "error ended on backend-0, as crash ended it" in [m.mark for m in day.journal.marks]
    assert world.ledger.kept == {}


async def test_of_two_targets_the_one_that_stays_keeps_its_fault(world: World) -> None:
    wide = replace(KINDS[1], target=Target(replicas=2))
    crash = fault(FaultKind.CRASH, at=timedelta(seconds=10))

    await play(world, breaking(wide, crash))

    found = record(world, "error")
    assert list(found.cut) == ["backend-0"]
    assert found.seen == 200
    assert found.armed_at is not None
    assert found.undone_at is not None
    assert (found.undone_at - found.armed_at).total_seconds() > 19
    assert world.armed == {}


async def test_a_death_before_the_fault_was_armed_excuses_nothing(world: World) -> None:
    crash = fault(FaultKind.CRASH)
    after = replace(KINDS[1], at=timedelta(seconds=10))
    async with later(world, 25.0, death(0.5)):
        await play(world, breaking(crash, after))

    assert closed(world).aborted_by == "lease"
    assert record(world, "error").lapsed


async def test_what_a_replica_cannot_do_is_refused_before_minute_0(world: World) -> None:
    world.faults.kinds = ("latency", "error")

    with pytest.raises(RefusedError, match="backend-0 cannot do hang, but latency, error"):
        await make_plan(breaking(KINDS[4]), world.tools, who="me", why="")


async def test_more_memory_than_the_headroom_is_refused_before_minute_0(
    world: World,
) -> None:
    much = fault(FaultKind.MEMORY_PRESSURE, size_bytes=2 << 30)

    with pytest.raises(RefusedError, match=r"2048 MiB are wanted on backend-0, .* is 1024 MiB"):
        await make_plan(breaking(much), world.tools, who="me", why="")
