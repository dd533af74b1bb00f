"""Faults that end replicas, against a stack in memory, in virtual time."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from ironclad.domain.evidence.evidence import Evidence, FaultRecord
from ironclad.domain.evidence.journal import Status
from ironclad.domain.experiment.experiment import Experiment, Fault, Target, Workload
from ironclad.domain.experiment.plan import PlannedFault
from ironclad.domain.experiment.targets import DATABASE
from ironclad.domain.faults.catalogue import FaultKind
from ironclad.domain.judging.dose.faults_as_asked import assess_faults
from ironclad.domain.judging.remains import evidence_of_remains
from ironclad.domain.stack.undo import LEDGER_LEASE, UndoAction, UndoEntry
from ironclad.errors import RefusedError, UnreachableError
from ironclad.game_day.lifecycle import at_work
from ironclad.game_day.phases import injection
from ironclad.game_day.phases.injection import aimed
from tests.fakes.game_day.playing import planned, play
from tests.fakes.game_day.world import World
from tests.fakes.load.bursts import error_burst

WITHIN = timedelta(seconds=20)


def ending(kind: FaultKind = FaultKind.REPLICA_KILL, replicas: int = 1) -> Experiment:
    end = Fault(
        id="end", kind=kind, at=timedelta(), duration=WITHIN, target=Target(replicas=replicas)
    )
    return error_burst(faults=(end,))


async def played(world: World, experiment: Experiment) -> Evidence:
    await play(world, experiment)
    return world.runs.closed[0]


def seconds_after(record: FaultRecord) -> tuple[float, float]:
    """Give when its effect and its end were seen, counted from the termination."""
    assert record.armed_at is not None
    assert record.seen_at is not None
    assert record.undone_at is not None
    seen, undone = record.seen_at - record.armed_at, record.undone_at - record.armed_at
    return seen.total_seconds(), undone.total_seconds()


@pytest.mark.parametrize("kind", [FaultKind.REPLICA_KILL, FaultKind.POD_DELETE])
async def test_an_end_is_seen_and_over_when_the_platform_is_whole_again(
    world: World, kind: FaultKind
) -> None:
    evidence = await played(world, ending(kind))

    assert evidence.status is Status.COMPLETED
    assert world.replica_faults.log == [f"terminate {kind} backend-0"]
    assert seconds_after(evidence.faults[0]) == (0.25, 1.0)
    assert world.ledger.kept == {}
    assert evidence.fault_free is not None
    assert evidence.fault_free.confirmed_at is not None


async def test_the_undo_is_written_before_the_termination_and_awaits_every_replica(
    world: World,
) -> None:
    order: list[str] = []
    world.ledger.log = world.replica_faults.log = order
    terminate = world.replica_faults.terminate
    entries: list[UndoEntry] = []

    async def recorded(replica, kind):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
        entries.extend(world.ledger.kept.values())
        await terminate(replica, kind)

    world.replica_faults.terminate = recorded  # type: ignore[method-assign]
    await play(world, ending())

    assert [line.split()[0] for line in order] == ["write", "terminate"]
    assert entries[0].action is UndoAction.AWAIT_REPLICAS
    assert entries[0].targets == ("backend-0", "backend-1", "backend-2")


async def test_a_termination_without_effect_ends_the_run(world: World) -> None:
    world.replica_faults.is_without_effect = True

    evidence = await played(world, ending())

    assert (evidence.status, evidence.aborted_by) == (Status.ABORTED, "dose")
    assert "end showed no effect within 10 s" in evidence.status_reason
    assert evidence.faults[0].seen_at is None
    assert world.ledger.kept == {}


async def test_a_replica_that_never_comes_back_is_overdue_and_its_entry_stays(
    world: World,
) -> None:
    world.replica_faults.back_after_seconds = 1e9

    evidence = await played(world, ending())

    record = evidence.faults[0]
    assert record.seen_at is not None
    assert (record.overdue, record.undone_at) == (True, None)
    assert record.problem == "not ready: backend-0"
    assert evidence.fault_free is not None
    assert evidence.fault_free.confirmed_at is None
    assert list(world.ledger.kept) == [f"{evidence.plan.run}-end"]


async def test_one_that_comes_back_too_late_is_overdue_and_its_entry_is_removed(
    world: World,
) -> None:
    world.replica_faults.back_after_seconds = 25

    evidence = await played(world, ending())

    _, undone = seconds_after(evidence.faults[0])
    assert evidence.faults[0].overdue
    assert undone == pytest.approx(25, abs=0.6)
    assert world.ledger.kept == {}


async def test_a_replacement_under_another_name_is_a_new_replica(world: World) -> None:
    world.replica_faults.gives_new_names = True

    evidence = await played(world, ending(FaultKind.POD_DELETE))

    assert evidence.status is Status.COMPLETED
    assert evidence.fault_free is not None
    assert evidence.fault_free.confirmed_at is not None
    assert [one.replica for one in evidence.replicas_before] == [
        *("backend-0", "backend-1", "backend-2")
    ]
    assert [one.replica for one in evidence.replicas_after] == [
        *("backend-1", "backend-2", "backend-3")
    ]
    assert evidence.gaps == ()


async def test_a_second_fault_hits_a_replica_that_exists_when_its_turn_comes(world: World) -> None:
    """On a cluster the replacement has a name of its own, and the plan knew only the old one."""
    world.replica_faults.gives_new_names = True

    evidence = await played(world, twice())

    assert evidence.status is Status.COMPLETED
    assert world.replica_faults.log == [
        "terminate pod-delete backend-0",
        "terminate pod-delete backend-1",
    ]
    assert [record.targets for record in evidence.faults] == [("backend-0",), ("backend-1",)]
    assert [fault.targets for fault in assess_faults(evidence)] == [("backend-0",), ("backend-1",)]
    assert any(
        mark.mark == "second aims at backend-1, since backend-0 is gone" for mark in evidence.marks
    )


async def test_a_second_fault_stays_with_a_replica_that_kept_its_name(world: World) -> None:
    evidence = await played(world, twice())

    assert [record.targets for record in evidence.faults] == [("backend-0",), ("backend-0",)]


async def test_a_fault_for_more_replicas_than_are_left_ends_the_run(world: World) -> None:
    world.replica_faults.gives_new_names = True
    terminate = world.replica_faults.terminate

    async def for_good(replica, kind):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
        await terminate(replica, kind)
        world.replicas.clear()

    world.replica_faults.terminate = for_good  # type: ignore[method-assign]

    evidence = await played(world, twice())

    assert evidence.aborted_by == "dose"
    assert evidence.status_reason == "second needs 1 of the replicas and 0 are left"


async def test_the_database_is_no_replica_that_another_could_stand_for(world: World) -> None:
    plan = await planned(world, ending())
    fault = replace(plan.faults[0].fault, kind=FaultKind.POSTGRES_KILL)
    on_database = PlannedFault(fault=fault, targets=(DATABASE,))
    async with at_work(plan, world.tools) as day:
        assert await aimed(day, on_database) == on_database


def twice() -> Experiment:
    first, second = (
        Fault(
            id=name,
            kind=FaultKind.POD_DELETE,
            at=timedelta(seconds=at),
            duration=WITHIN,
            target=Target(replicas=1),
        )
        for name, at in (("first", 0), ("second", 25))
    )
    return error_burst(faults=(first, second))


async def test_a_platform_that_does_not_say_is_neither_seen_nor_overdue(world: World) -> None:
    plan = await planned(world, ending())
    replicas = world.platform.replicas

    async def away():  # type: ignore[no-untyped-def] # noqa: ANN202
        if world.replica_faults.is_away:
            raise UnreachableError("the platform does not answer")
        return await replicas()

    world.platform.replicas = away  # type: ignore[method-assign]
    async with at_work(plan, world.tools) as day:
        injecting = asyncio.create_task(injection.inject(day))
        while not world.replica_faults.log:
            await asyncio.sleep(0)
        world.replica_faults.is_away = True
        await injecting

    record = world.runs.closed[0].faults[0]
    assert (record.seen_at, record.undone_at, record.overdue) == (None, None, False)
    assert "is not known: the platform does not answer" in record.problem


async def test_a_termination_that_is_refused_leaves_nothing_behind(world: World) -> None:
    async def refuse(replica, _kind):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
        raise RefusedError((f"{replica.name} cannot be killed",))

    world.replica_faults.terminate = refuse  # type: ignore[method-assign]

    evidence = await played(world, ending())

    assert evidence.status is Status.FAILED
    assert "backend-0 cannot be killed" in evidence.status_reason
    assert world.ledger.kept == {}


async def test_a_cancelled_run_waits_a_little_for_what_it_terminated(world: World) -> None:
    world.replica_faults.back_after_seconds = 5
    running = asyncio.create_task(play(world, ending()))
    while not world.replica_faults.log:
        await asyncio.sleep(0)

    running.cancel()

    with pytest.raises(asyncio.CancelledError):
        await running
    assert world.ledger.kept == {}
    assert all(fake.answers for fake in world.replicas.values())


async def test_what_cannot_be_terminated_is_refused_before_minute_0(world: World) -> None:
    world.replica_faults.is_away = True

    with pytest.raises(RefusedError, match="backend-0 cannot be ended: the platform does not"):
        await planned(world, ending())


async def test_its_moments_can_be_read_from_the_marks_of_a_dead_runner(world: World) -> None:
    evidence = await played(world, ending())

    (record,) = evidence_of_remains(evidence.plan, world.runs.marks).faults

    expected = evidence.faults[0]
    assert (record.armed_at, record.seen_at, record.undone_at) == (
        *(expected.armed_at, expected.seen_at, expected.undone_at),
    )


async def terminated_by_a_dead_runner(world: World) -> UndoEntry:
    """Write the undo down and terminate, as a runner does that dies right after."""
    now = world.clock.now()
    entry = UndoEntry(
        id="run-end",
        run="run",
        action=UndoAction.AWAIT_REPLICAS,
        targets=tuple(world.replicas),
        lease_until=now + LEDGER_LEASE,
        deadline=now + timedelta(seconds=60),
        who="me",
        why="a test",
    )
    await world.ledger.write(entry)
    replica = world.replicas["backend-0"].replica
    await world.replica_faults.terminate(replica, FaultKind.POD_DELETE)
    return entry


async def test_the_janitor_removes_the_entry_of_a_dead_runner_once_all_are_ready(
    world: World,
) -> None:
    world.replica_faults.back_after_seconds = 30
    entry = await terminated_by_a_dead_runner(world)
    in_time = await world.sweeper.sweep()
    await world.clock.sleep(21)

    early = await world.sweeper.sweep()
    await world.clock.sleep(10)
    late = await world.sweeper.sweep()

    assert (in_time.undone, in_time.failed, in_time.open) == ((), (), 1)
    assert (early.undone, early.failed) == ((), (f"{entry.id}: not ready: backend-0",))
    assert (late.undone, late.failed) == ((entry.id,), ())
    assert world.ledger.kept == {}


async def test_a_platform_that_wants_fewer_by_then_does_not_keep_the_entry_for_ever(
    world: World,
) -> None:
    await terminated_by_a_dead_runner(world)
    del world.replicas["backend-2"]
    await world.clock.sleep(21)

    before = await world.sweeper.sweep()
    await world.clock.sleep(40)
    after = await world.sweeper.sweep()

    assert before.failed == ("run-end: only 2 of 3 replicas are there",)
    assert after.undone == ("run-end",)


async def test_a_platform_that_is_away_fails_one_entry_and_not_the_sweep(world: World) -> None:
    await terminated_by_a_dead_runner(world)
    await world.clock.sleep(21)

    async def away():  # type: ignore[no-untyped-def] # noqa: ANN202
        raise UnreachableError("the platform does not answer")

    world.platform.replicas = away  # type: ignore[method-assign]

    swept = await world.sweeper.sweep()

    assert swept.failed == ("run-end: the platform does not answer",)


async def test_of_a_foreign_service_prometheus_is_neither_waited_for_nor_read(world: World) -> None:
    """What the objectives' indicators count there is the traffic of our own backend."""
    workload = Workload(deployment="web", url="http://web:8080")
    evidence = await played(world, replace(ending(FaultKind.POD_DELETE), workload=workload))

    assert evidence.status is Status.COMPLETED
    assert evidence.windows == ()
    assert evidence.plan.scrape_interval == timedelta()
    assert evidence.gaps == ()
