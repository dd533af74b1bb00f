"""Whatever ends a game day: the fault is off, the ledger empty, the report says why."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ironclad.concurrency import run_to_completion
from ironclad.domain.evidence.evidence import Evidence
from ironclad.domain.evidence.journal import Status
from ironclad.domain.experiment.experiment import (
    AbortCondition,
    Experiment,
    Fault,
    Target,
    WhenSilent,
)
from ironclad.domain.faults.fault import Tally
from ironclad.domain.stack.freeze import Freeze
from ironclad.domain.stack.kept_setting import Halt
from ironclad.domain.stack.stack import Replica
from ironclad.domain.stack.undo import UndoAction, UndoEntry
from ironclad.errors import RefusedError, UnreachableError
from ironclad.game_day.lifecycle import at_work
from ironclad.game_day.planning.making import make_plan
from ironclad.undo.left_orders import LeftOrders
from ironclad.undo.rounds import Janitor
from tests.fakes.game_day.playing import planned, play
from tests.fakes.game_day.watchers import FakeMetrics
from tests.fakes.game_day.world import World
from tests.fakes.load.bursts import error_burst
from tests.fakes.load.generator import FakeLoadHandle

HALT = "the sale has begun"


async def halt(world: World) -> None:
    await world.halt.turn_on(Halt(who="ana", why=HALT, since=world.clock.now()))


async def armed(world: World) -> None:
    while not world.armed:
        await asyncio.sleep(0)


async def ended(world: World, experiment: Experiment | None = None) -> Evidence:
    """Play to the end, and give what is left of it; nothing else may be."""
    await play(world, experiment)
    assert world.armed == {}
    assert world.ledger.kept == {}
    return world.runs.closed[0]


async def once_armed(
    world: World, then: Callable[[], Awaitable[None]], experiment: Experiment | None = None
) -> Evidence:
    """Play, and do something as soon as a fault is on."""
    running = asyncio.create_task(ended(world, experiment))
    await armed(world)
    await then()
    return await running


# the red switch


async def test_a_halt_ends_a_running_game_day_within_two_passes(world: World) -> None:
    at: list[float] = []

    async def then() -> None:
        at.append(world.clock.monotonic())
        await halt(world)
        while world.armed:
            await asyncio.sleep(0)
        at.append(world.clock.monotonic())

    evidence = await once_armed(world, then)

    assert (evidence.status, evidence.aborted_by) == (Status.ABORTED, "ana")
    assert HALT in evidence.status_reason
    assert at[1] - at[0] <= 2


async def test_a_halt_ends_the_load_too(world: World) -> None:
    await once_armed(world, lambda: halt(world))

    assert world.load.handles[0].is_stopped
    assert world.clock.monotonic() < 10 + 20


async def test_an_abort_by_a_condition_still_proves_the_recovery_under_load(world: World) -> None:
    world.failing_per_second = 0

    async def then() -> None:
        world.failing_per_second = 50
        await world.clock.sleep(6)
        world.failing_per_second = 0

    evidence = await once_armed(world, then)

    assert evidence.aborted_by == "condition"
    assert world.clock.monotonic() > 10 + 5 + 30


async def test_a_halt_in_that_recovery_ends_it(world: World) -> None:
    async def then() -> None:
        world.failing_per_second = 50
        await world.clock.sleep(8)
        await halt(world)

    evidence = await once_armed(world, then)

    assert evidence.aborted_by == "condition"
    assert world.clock.monotonic() < 10 + 20


async def test_a_halt_between_plan_and_lock_is_kept_to(world: World) -> None:
    plan = await planned(world)
    await halt(world)

    with pytest.raises(RefusedError, match=r"halted by ana since .*: the sale has begun; "):
        async with at_work(plan, world.tools):
            pass

    assert world.runs.opened == []
    assert world.lock.current is None


ALWAYS = Freeze(
    first=datetime(2024, 1, 1),  # noqa: DTZ001 - wall-clock time
    length=timedelta(days=7),
    every=timedelta(days=7),
    zone=UTC,
    why="the sale",
)


async def freeze(world: World) -> None:
    world.freezes = (ALWAYS,)


async def test_a_freeze_that_is_set_meanwhile_ends_a_running_game_day(world: World) -> None:
    """A run did not take a new freeze over, and nothing was said."""
    evidence = await once_armed(world, lambda: freeze(world))

    assert (evidence.status, evidence.aborted_by) == (Status.ABORTED, "freeze")
    assert "game days are frozen from" in evidence.status_reason
    assert "the sale" in evidence.status_reason
    assert world.armed == {}
    assert world.clock.monotonic() < 10 + 20


async def test_a_game_day_that_ignores_freezes_goes_on(world: World) -> None:
    world.freezes = (ALWAYS,)
    plan = await make_plan(error_burst(), world.tools, who="me", why="", ignore_freeze=True)

    assert plan.ignores_freeze
    async with at_work(plan, world.tools) as day:
        await day.guard.abort_requests.listen()
        assert day.guard.abort_requests.abort_request is None


async def test_a_freeze_between_plan_and_lock_is_kept_to(world: World) -> None:
    plan = await planned(world)
    await freeze(world)

    with pytest.raises(RefusedError, match=r"game days are frozen .*the sale"):
        async with at_work(plan, world.tools):
            pass

    assert world.runs.opened == []


async def test_the_janitor_ends_what_a_hanging_runner_holds_while_a_halt_is_on(
    world: World,
) -> None:
    janitor = _janitor(world)
    now = world.clock.now()
    fault = error_burst().faults[0]
    await world.ledger.write(_entry(now + timedelta(seconds=20)))
    for name in ("backend-0", "backend-1"):
        await world.faults.arm(
            world.replicas[name].replica, fault, run="r", lease=timedelta(hours=1)
        )

    await janitor.round()
    assert set(world.armed) == {"backend-0", "backend-1"}
    await halt(world)
    await world.clock.sleep(3)
    await janitor.round()

    assert world.armed == {}, "also what no entry speaks of, such as a fault by hand"
    assert world.ledger.kept == {}
    assert "ironclad_halted 1.0" in janitor.metrics.page().decode()


async def test_a_switch_that_does_not_answer_keeps_no_lapsed_entry_alive(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    janitor = _janitor(world)
    await world.ledger.write(_entry(world.clock.now()))
    monkeypatch.setattr(world.halt, "state", _away)

    await janitor.round()

    assert world.ledger.kept == {}


# people


async def test_a_lock_that_does_not_answer_for_long_ends_the_run(world: World) -> None:
    async def then() -> None:
        world.lock.failure = _away

    evidence = await once_armed(world, then)

    assert evidence.aborted_by == "telemetry"
    assert "no abort could have reached it for 16 s, the lock is silent" in evidence.status_reason


async def test_an_answer_that_is_slow_after_a_long_quiet_is_waited_for(world: World) -> None:
    """The lock is not asked before the baseline; that time is no silence of it."""
    released = asyncio.Event()

    async def slow() -> None:
        await released.wait()

    plan = await planned(world)
    async with at_work(plan, world.tools) as day:
        await world.clock.sleep(60)
        world.lock.failure = slow
        day.guard.begin()
        await day.guard.check()
        released.set()
        world.lock.failure = None

    assert not day.status.is_aborted


async def test_a_lock_that_is_away_for_a_moment_changes_nothing(world: World) -> None:
    async def then() -> None:
        world.lock.failure = _away
        await world.clock.sleep(5)
        world.lock.failure = None

    evidence = await once_armed(world, then)

    assert (evidence.status, list(evidence.gaps)) == (Status.COMPLETED, [])


@pytest.mark.timeout(30)
async def test_a_lock_that_hangs_does_not_hang_the_guard(world: World) -> None:
    async def hang() -> None:
        await asyncio.Event().wait()

    async def then() -> None:
        world.lock.failure = hang
        await halt(world)

    evidence = await once_armed(world, then)

    assert evidence.aborted_by == "ana"


# a runner that was away


async def test_a_runner_that_wakes_up_after_a_minute_arms_nothing_any_more(world: World) -> None:
    """Stopped between two faults: the second one is due when it wakes up, and never begins."""
    first = replace(error_burst().faults[0], duration=timedelta(seconds=5))
    second = replace(first, id="later", at=timedelta(seconds=20))

    async def then() -> None:
        while world.armed:
            await asyncio.sleep(0)
        world.clock.jump(60)

    evidence = await once_armed(world, then, error_burst(faults=(first, second)))

    assert evidence.aborted_by == "guard"
    assert "the runner was away for 6" in evidence.status_reason
    assert [line for line in world.faults.log if "later" in line] == []


async def test_a_runner_stopped_between_its_look_and_the_next_fault_does_not_arm_it(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = error_burst().faults[0]
    second = replace(first, id="later", at=timedelta(seconds=8))
    renew = world.faults.renew

    async def slowly(replica: Replica, fault: Fault, **terms: Any) -> Tally:
        tally = await renew(replica, fault, **terms)
        if 17 < world.clock.monotonic() < 20:
            world.clock.jump(30)
        return tally

    monkeypatch.setattr(world.faults, "renew", slowly)

    await play(world, error_burst(faults=(first, second)))

    assert world.armed == {}
    assert world.runs.closed[0].aborted_by == "guard"
    assert [line for line in world.faults.log if line.startswith("arm later")] == []


async def test_a_runner_that_slept_through_the_end_of_its_faults_says_so(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    renew = world.faults.renew

    async def slowly(replica: Replica, fault: Fault, **terms: Any) -> Tally:
        tally = await renew(replica, fault, **terms)
        world.clock.jump(60)
        return tally

    monkeypatch.setattr(world.faults, "renew", slowly)

    assert (await ended(world)).aborted_by == "guard"


async def test_a_runner_stopped_while_it_writes_its_entry_does_not_arm(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = world.ledger.write

    async def slowly(entry: UndoEntry) -> None:
        await write(entry)
        world.clock.jump(60)

    monkeypatch.setattr(world.ledger, "write", slowly)

    await play(world)

    assert [line for line in world.faults.log if line.startswith("arm")] == []
    assert "its undo entry took 60 s to write" in world.runs.closed[0].status_reason


# who watches


async def test_a_generator_that_never_speaks_ends_the_run(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(FakeLoadHandle, "seconds", lambda _: ())
    patient = replace(error_burst().phases, baseline=timedelta(seconds=60))

    evidence = await ended(world, error_burst(phases=patient))

    assert evidence.aborted_by == "telemetry"
    assert "no account for 16 s" in evidence.status_reason
    assert world.faults.log == []


async def test_a_generator_that_falls_silent_ends_the_run(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def then() -> None:
        said = world.load.handles[0].seconds()
        monkeypatch.setattr(FakeLoadHandle, "seconds", lambda _: said)

    evidence = await once_armed(world, then)

    assert evidence.aborted_by == "telemetry"


BREAKER = AbortCondition(
    promql="max(circuit_breaker_state)", over=1.5, sustained=timedelta(seconds=5)
)


async def test_a_promql_condition_that_holds_for_long_enough_ends_the_run(world: World) -> None:
    async def then() -> None:
        world.gauge = 2.0

    evidence = await once_armed(world, then, error_burst(abort_when=(BREAKER,)))

    assert evidence.aborted_by == "condition"
    assert evidence.status_reason == "max(circuit_breaker_state) was over 1.5 for 5 s (last 2)"


async def test_a_promql_condition_that_comes_and_goes_does_not(world: World) -> None:
    async def then() -> None:
        for value in (2.0, 2.0, 1.0, 2.0, 2.0, 1.0):
            world.gauge = value
            await world.clock.sleep(2)

    evidence = await once_armed(world, then, error_burst(abort_when=(BREAKER,)))

    assert evidence.status is Status.COMPLETED


@pytest.mark.parametrize(
    ("silent", "status", "by", "gaps"),
    [
        (WhenSilent.ABORT, Status.ABORTED, "telemetry", 0),
        (WhenSilent.NOTE, Status.COMPLETED, "", 1),
    ],
)
async def test_a_prometheus_that_falls_silent_ends_the_run_or_is_noted(
    world: World, silent: WhenSilent, status: Status, by: str, gaps: int
) -> None:
    async def then() -> None:
        world.prometheus_is_away = True

    condition = replace(BREAKER, silent=silent)
    evidence = await once_armed(world, then, error_burst(abort_when=(condition,)))

    assert (evidence.status, evidence.aborted_by) == (status, by)
    gaps_found = [gap for gap in evidence.gaps if "is not watched any more: Prometheus gave" in gap]
    assert len(gaps_found) == gaps


@pytest.mark.timeout(30)
async def test_a_prometheus_that_hangs_does_not_hang_the_guard(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def then() -> None:
        async def hang(*_: object) -> float | None:
            await asyncio.Event().wait()
            return None

        monkeypatch.setattr(FakeMetrics, "value", hang)
        await halt(world)

    evidence = await once_armed(world, then, error_burst(abort_when=(BREAKER,)))

    assert evidence.aborted_by == "ana"


# undo, whatever is away


async def test_a_ledger_that_is_away_for_a_moment_is_asked_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    remove = world.ledger.remove
    failures = 5

    async def at_last(entry_id: str) -> None:
        nonlocal failures
        failures -= 1
        if failures > 0:
            raise UnreachableError("the API server does not answer")
        await remove(entry_id)

    monkeypatch.setattr(world.ledger, "remove", at_last)

    evidence = await ended(world)

    assert evidence.status is Status.COMPLETED
    assert evidence.faults[0].undone_at is not None


async def test_a_ledger_that_stays_away_is_loud_and_keeps_its_entry(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(world.ledger, "remove", _away)

    await play(world)

    evidence = world.runs.closed[0]
    assert world.armed == {}
    assert list(world.ledger.kept) == [f"{evidence.plan.run}-errors"]
    assert evidence.faults[0].undone_at is None
    assert any("could not be removed: the API server" in gap for gap in evidence.gaps)


async def test_a_ledger_that_cannot_be_renewed_ends_the_run_before_the_janitor_does(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    longer = replace(error_burst().faults[0], duration=timedelta(seconds=60))
    monkeypatch.setattr(world.ledger, "renew", _away)

    evidence = await ended(world, error_burst(faults=(longer,)))

    assert evidence.aborted_by == "lease"
    assert "its undo entry could not be renewed for 15 s" in evidence.status_reason


async def test_a_lapse_stays_on_record_when_the_ledger_is_silent_as_well(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(world.ledger, "renew", _away)
    running = asyncio.create_task(play(world))
    await armed(world)
    world.replicas["backend-0"].is_silent = True
    await running

    evidence = world.runs.closed[0]
    assert evidence.aborted_by == "lease"
    assert evidence.faults[0].lapsed


async def test_an_undo_that_fails_does_not_keep_the_others_armed(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = error_burst().faults[0]
    second = replace(first, id="more", target=Target(names=("backend-1",)))
    disarm = world.faults.disarm

    async def broken(replica: Replica, fault_id: str) -> object:
        if fault_id == "errors":
            raise ValueError("a defect")
        return await disarm(replica, fault_id)

    monkeypatch.setattr(world.faults, "disarm", broken)

    await play(world, error_burst(faults=(first, second)))

    assert "disarm more backend-1" in world.faults.log
    assert world.runs.closed[0].faults[0].undone_at is None


async def test_prometheus_away_during_the_undo_costs_the_verdict_and_nothing_else(
    world: World,
) -> None:
    async def then() -> None:
        world.prometheus_is_away = True

    evidence = await once_armed(world, then)

    assert evidence.faults[0].undone_at is not None


@pytest.mark.parametrize("times", [1, 2, 5])
async def test_the_undo_is_finished_however_often_it_is_stopped(world: World, times: int) -> None:
    world.replicas["backend-0"].is_silent = False
    running = asyncio.create_task(play(world))
    await armed(world)
    disarm = world.faults.disarm

    async def slowly(replica: Replica, fault_id: str) -> object:
        for _ in range(times - 1):
            running.cancel()
            await asyncio.sleep(0)
        return await disarm(replica, fault_id)

    world.faults.disarm = slowly  # type: ignore[method-assign, assignment]
    running.cancel()

    with pytest.raises(asyncio.CancelledError):
        await running
    assert world.armed == {}
    assert world.ledger.kept == {}
    assert world.runs.closed[0].status is Status.INTERRUPTED


async def test_what_must_be_finished_gives_its_result_and_its_error() -> None:
    async def seven() -> int:
        return 7

    async def fail() -> int:
        raise ValueError("no")

    assert await run_to_completion(seven()) == 7
    with pytest.raises(ValueError, match="no"):
        await run_to_completion(fail())


async def test_while_one_fault_is_taken_back_the_guard_looks_and_the_others_are_kept(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ten seconds are longer than any lease: the load's, and that of the other fault."""
    first = replace(error_burst().faults[0], duration=timedelta(seconds=5))
    other = replace(
        first, id="other", target=Target(names=("backend-1",)), duration=timedelta(seconds=30)
    )
    disarm, renewed = world.faults.disarm, 0

    async def slowly(replica: Replica, fault_id: str) -> Tally:
        nonlocal renewed
        before = world.load.handles[0].renewed
        if fault_id == "errors":
            await world.clock.sleep(10)
            renewed = world.load.handles[0].renewed - before
        return await disarm(replica, fault_id)

    monkeypatch.setattr(world.faults, "disarm", slowly)

    evidence = await ended(world, error_burst(faults=(first, other)))

    assert evidence.status is Status.COMPLETED
    assert renewed >= 9
    assert {record.id: record.lapsed for record in evidence.faults}["other"] is False


async def test_a_halt_ends_a_run_whose_fault_takes_long_to_arm(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    arm = world.faults.arm

    async def slowly(replica: Replica, fault: Fault, **terms: Any) -> None:
        await arm(replica, fault, **{**terms, "lease": 10 * terms["lease"]})
        await halt(world)
        await world.clock.sleep(10)

    monkeypatch.setattr(world.faults, "arm", slowly)

    evidence = await ended(world)

    assert evidence.aborted_by == "ana"
    assert [mark.mark for mark in evidence.marks if "aborted" in mark.mark]


async def test_the_reason_of_a_cancellation_stands_in_the_report(world: World) -> None:
    running = asyncio.create_task(play(world))
    await armed(world)

    running.cancel("the worker that had started it is gone")

    with pytest.raises(asyncio.CancelledError):
        await running
    assert world.runs.closed[0].status_reason == (
        "the worker that had started it is gone, during the fault;"
        " errors was being armed on backend-0, and was seen to be off"
    )


async def _away(*_: object) -> None:
    raise UnreachableError("the API server does not answer")


def _entry(lease_until: datetime) -> UndoEntry:
    fault = error_burst().faults[0]
    return UndoEntry(
        id=f"r-{fault.id}",
        run="r",
        action=UndoAction.DISARM,
        targets=("backend-0",),
        lease_until=lease_until,
        deadline=lease_until + timedelta(minutes=1),
        who="me",
        why="",
    )


def _janitor(world: World) -> Janitor:
    return Janitor(
        sweeper=world.sweeper,
        lock=world.lock,
        halt=world.halt,
        runs=world.runs,
        left=LeftOrders(world.orders, world.lock),
        clock=world.clock,
    )
