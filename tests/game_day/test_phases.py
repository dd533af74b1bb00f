"""A game day's steps against a stack in memory, in virtual time."""

import asyncio
import contextlib
from datetime import timedelta

import pytest

from ironclad.domain.evidence.journal import Mark, Status
from ironclad.domain.experiment.experiment import Cost, Expectation, Fault, Target
from ironclad.domain.faults.catalogue import FaultKind
from ironclad.domain.stack.undo import FAULT_LEASE, LockHolder
from ironclad.errors import BusyError, RefusedError, UnreachableError
from ironclad.game_day.lifecycle import at_work
from ironclad.game_day.phases import baseline, injection, recovery
from ironclad.game_day.planning.budget import budget
from ironclad.game_day.planning.making import make_plan
from ironclad.game_day.planning.scope import Scope
from tests.fakes.game_day.playing import planned, play, under_way
from tests.fakes.game_day.world import World
from tests.fakes.load.bursts import AVAILABILITY, error_burst


async def test_a_game_day_completes_and_leaves_nothing_armed(world: World) -> None:
    day = await play(world)

    evidence = world.runs.closed[0]
    assert evidence.status is Status.COMPLETED
    assert world.armed == {}
    assert world.ledger.kept == {}
    assert world.lock.current is None
    assert [phase.name for phase in day.journal.phases] == ["baseline", "fault", "recovery"]


async def test_the_undo_is_written_before_the_fault_is_armed(world: World) -> None:
    order: list[str] = []
    world.ledger.log = world.faults.log = order

    await play(world)

    assert [line.split()[0] for line in order] == ["write", "attach", "arm", "disarm", "detach"]


async def test_a_target_that_holds_no_connection_has_a_short_lease_and_the_report_says_so(
    world: World,
) -> None:
    world.faults.holds = False

    await play(world)

    evidence = world.runs.closed[0]
    assert evidence.status is Status.COMPLETED
    (said,) = [mark.mark for mark in evidence.marks if "lease of" in mark.mark]
    assert said.startswith("errors has a lease of 6 s alone on backend-0: this version")
    assert world.faults.terms == {(FAULT_LEASE, None)}


async def test_an_attached_fault_has_a_longer_lease_and_an_end_of_its_own(world: World) -> None:
    """The lease is for a stopped runner alone, which has 10 s; the fault lasts 20 s."""
    await play(world)

    assert world.faults.terms == {(timedelta(seconds=9), timedelta(seconds=20 + 30))}
    assert world.faults.attached == []


async def test_a_lost_and_regained_attachment_is_in_the_evidence(world: World) -> None:
    async with under_way(world) as day:
        injecting = asyncio.create_task(injection.inject(day))
        while not world.armed:
            await asyncio.sleep(0)
        (attachment,) = world.faults.attached
        attachment.marks = (Mark(world.clock.now(), "the attachment was lost: x", "ironclad"),)
        await injecting

    assert "the attachment was lost: x" in [m.mark for m in world.runs.closed[0].marks]
    assert not world.runs.closed[0].faults[0].lapsed


async def test_where_one_target_cannot_be_attached_the_others_are_disarmed(world: World) -> None:
    both = error_burst(faults=(_errors(Target(replicas=2)),))
    plan = await planned(world, both)
    world.replicas["backend-1"].is_silent = True
    async with at_work(plan, world.tools) as day:
        await injection.inject(day)

    assert world.runs.closed[0].status is Status.FAILED
    assert world.faults.attached == []
    assert "arm errors backend-1" not in world.faults.log
    assert world.faults.log.index("disarm errors backend-0") > 0


async def test_phases_last_as_long_as_the_experiment_says(world: World) -> None:
    day = await play(world)

    lengths = [
        round((phase.ended_at - phase.started_at).total_seconds())
        for phase in day.journal.phases
        if phase.ended_at is not None
    ]
    assert lengths == [10, 20, 30]


async def test_the_fault_is_recorded_with_every_moment_of_its_life(world: World) -> None:
    await play(world)

    record = world.runs.closed[0].faults[0]
    assert record.armed_at is not None
    assert record.seen_at is not None
    assert record.undone_at is not None
    assert record.armed_at < record.seen_at < record.undone_at
    assert (record.seen, record.hit, record.lapsed) == (100, 20, False)


async def test_a_fault_that_shows_no_effect_ends_the_run(world: World) -> None:
    for fake in world.replicas.values():
        fake.is_deaf = True

    await play(world)

    evidence = world.runs.closed[0]
    assert (evidence.status, evidence.aborted_by) == (Status.ABORTED, "dose")
    assert "no effect within 5 s" in evidence.status_reason
    assert world.armed == {}


async def test_an_abort_condition_ends_the_fault_and_the_load(world: World) -> None:
    async with under_way(world) as day:
        await baseline.hold_baseline(day)
        world.failing_per_second = 50
        await injection.inject(day)
        assert world.armed == {}
        await recovery.recover(day)

    evidence = world.runs.closed[0]
    assert (evidence.status, evidence.aborted_by) == (Status.ABORTED, "condition")
    assert "error ratio was over 20 % for 5 s" in evidence.status_reason
    assert world.load.handles[0].is_stopped


async def test_a_spent_allowance_ends_it_though_no_abort_condition_names_it(world: World) -> None:
    """Of 259,200 bad requests a month 0.05 % is 129: the ninth second with 15 is beyond it."""
    cost = Cost(objective=AVAILABILITY.name, at_most_ratio=0.0005)
    experiment = error_burst(expect=Expectation(cost=cost), abort_when=())
    async with under_way(world, experiment) as day:
        await baseline.hold_baseline(day)
        began = world.clock.monotonic()
        world.failing_per_second = 15
        await injection.inject(day)
        took = world.clock.monotonic() - began
        world.failing_per_second = 0
        await recovery.recover(day)

    evidence = world.runs.closed[0]
    assert (evidence.status, evidence.aborted_by) == (Status.ABORTED, "condition")
    assert "135 bad requests spent 0.0521 % of the budget of" in evidence.status_reason
    assert "this game day may spend 0.05 %" in evidence.status_reason
    assert world.armed == {}
    assert 9 <= took < 12


async def test_an_unsteady_baseline_ends_the_game_day_before_anything_is_armed(
    world: World,
) -> None:
    world.failing_per_second = 10

    await play(world)

    evidence = world.runs.closed[0]
    assert (evidence.status, evidence.aborted_by) == (Status.ABORTED, "baseline")
    assert "orders-availability allows 0.1 %" in evidence.status_reason
    assert world.faults.log == []


async def test_a_baseline_of_404s_ends_the_game_day_before_anything_is_armed(
    world: World,
) -> None:
    """They spend no budget, and a service that answers nothing else looked healthy."""
    world.unexpected_per_second = 100

    await play(world)

    evidence = world.runs.closed[0]
    assert (evidence.status, evidence.aborted_by) == (Status.ABORTED, "baseline")
    assert "only 0 % of the baseline's 1,000 answers" in evidence.status_reason
    assert "1,000 × 404" in evidence.status_reason
    assert world.faults.log == []


async def test_every_alert_that_fired_is_evidence_expected_or_not(world: World) -> None:
    world.fired_alerts = ("BudgetBurnFast", "BackendDown")

    await play(world)

    names = [seen.name for seen in world.runs.closed[0].alerts]
    assert sorted(names) == ["BackendDown", "BudgetBurnFast"]


async def test_a_person_can_end_it(world: World) -> None:
    async with under_way(world) as day:
        await baseline.hold_baseline(day)
        await world.lock.request_abort("ada")
        await injection.inject(day)

    evidence = world.runs.closed[0]
    assert (evidence.status, evidence.aborted_by) == (Status.ABORTED, "ada")
    assert world.faults.log == []


async def test_a_cancelled_game_day_undoes_reports_and_passes_the_cancellation_on(
    world: World,
) -> None:
    running = asyncio.create_task(play(world))
    while not world.armed:
        await asyncio.sleep(0)

    running.cancel()

    with pytest.raises(asyncio.CancelledError):
        await running
    assert world.armed == {}
    assert world.ledger.kept == {}
    assert world.runs.closed[0].status is Status.INTERRUPTED
    assert world.runs.closed[0].load is not None
    assert world.lock.current is None


async def test_a_cancellation_that_is_swallowed_on_the_way_ends_the_run_at_the_next_pass(
    world: World,
) -> None:
    running = asyncio.create_task(play(world))
    holder = world.lock.holder

    async def swallowing() -> LockHolder | None:
        if world.armed and not running.cancelling():
            running.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.sleep(0)
        return await holder()

    world.lock.holder = swallowing  # type: ignore[method-assign]

    with pytest.raises(asyncio.CancelledError):
        await running
    assert world.armed == {}
    assert world.runs.closed[0].status is Status.INTERRUPTED


async def test_an_error_in_a_step_is_reported_and_undone(world: World) -> None:
    async with under_way(world) as day:
        world.replicas["backend-0"].is_silent = True
        await injection.inject(day)

    evidence = world.runs.closed[0]
    assert evidence.status is Status.FAILED
    assert "backend-0 does not answer" in evidence.status_reason


async def test_no_replica_is_armed_after_the_undo_has_begun(world: World) -> None:
    """One target fails at once, the other takes its time: its arming is waited for, then undone."""
    both = error_burst(faults=(_errors(Target(replicas=2)),))
    plan = await planned(world, both)
    arm = world.faults.arm

    async def slow_or_failing(replica, fault, **terms):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN003, ANN202
        if replica.name == "backend-0":
            raise UnreachableError("backend-0 does not answer")
        await world.clock.sleep(3)
        await arm(replica, fault, **terms)

    world.faults.arm = slow_or_failing  # type: ignore[method-assign]
    async with at_work(plan, world.tools) as day:
        await injection.inject(day)

    assert world.armed == {}


async def test_a_lapsed_lease_ends_the_run_and_is_never_armed_again(world: World) -> None:
    async with under_way(world) as day:
        injecting = asyncio.create_task(injection.inject(day))
        while not world.armed:
            await asyncio.sleep(0)
        world.replicas["backend-0"].armed.clear()
        await injecting

    evidence = world.runs.closed[0]
    assert (evidence.aborted_by, evidence.faults[0].lapsed) == ("lease", True)
    assert world.faults.log.count("arm errors backend-0") == 1


async def test_a_silent_replica_keeps_its_entry_until_it_is_seen_fault_free(world: World) -> None:
    async with under_way(world) as day:
        injecting = asyncio.create_task(injection.inject(day))
        while not world.armed:
            await asyncio.sleep(0)
        world.replicas["backend-0"].is_silent = True
        await injecting
        assert list(world.ledger.kept) == [f"{day.plan.run}-errors"]
        world.replicas["backend-0"].is_silent = False
        await recovery.recover(day)

    assert world.ledger.kept == {}
    assert world.runs.closed[0].faults[0].undone_at is not None


async def test_faults_can_follow_and_overlap_each_other(world: World) -> None:
    first = _errors(Target(replicas=1))
    second = Fault(
        id="slow",
        kind=FaultKind.LATENCY,
        at=timedelta(seconds=10),
        duration=timedelta(seconds=20),
        target=Target(names=("backend-1",)),
        delay=timedelta(milliseconds=100),
    )

    await play(world, error_burst(faults=(second, first)))

    assert world.faults.log == [
        "attach backend-0",
        "arm errors backend-0",
        "attach backend-1",
        "arm slow backend-1",
        "disarm errors backend-0",
        "detach backend-0",
        "disarm slow backend-1",
        "detach backend-1",
    ]


async def test_only_one_game_day_holds_a_stack(world: World) -> None:
    plan = await planned(world)
    async with at_work(plan, world.tools):
        with pytest.raises(BusyError, match="error-burst holds the stack"):
            async with at_work(plan, world.tools):
                pass


async def test_a_plan_is_refused_with_every_reason_at_once(world: World) -> None:
    world.replicas["backend-1"].is_silent = True
    world.replicas["backend-2"].is_ready = False
    world.janitor_sweeps = False
    world.budget_percentage = 40.0

    with pytest.raises(RefusedError) as refused:
        await make_plan(error_burst(), world.tools, who="me", why="")

    text = str(refused.value)
    assert "backend-1 does not answer" in text
    assert "backend-2 is not ready" in text
    assert "the janitor last swept never" in text
    assert "40 % of its budget left" in text


async def test_while_another_game_day_runs_a_plan_names_it_and_not_its_faults(world: World) -> None:
    plan = await planned(world)
    async with at_work(plan, world.tools):
        with pytest.raises(RefusedError) as refused:
            await make_plan(error_burst(), world.tools, who="you", why="")

    (reason,) = refused.value.reasons
    assert f"the stack is held by game day error-burst {plan.run} of me" in reason


class Stopped(BaseException):
    """As Prefect ends a flow: by a signal, or because the run is over in the server's eyes."""


async def test_whatever_ends_the_body_the_report_says_interrupted(world: World) -> None:
    plan = await planned(world)

    with pytest.raises(Stopped):
        async with at_work(plan, world.tools):
            raise Stopped

    assert world.runs.closed[0].status is Status.INTERRUPTED


async def test_a_budget_without_a_measurement_does_not_refuse(world: World) -> None:
    world.budget_percentage = None

    plan = await planned(world)

    assert plan.predictions[0].objective == "orders-availability"


async def test_an_ignored_budget_stands_in_the_plan(world: World) -> None:
    world.budget_percentage = 1.0

    plan = await make_plan(error_burst(), world.tools, who="me", why="", ignore_budget=True)

    assert plan.warnings[0] == (
        "orders-availability has 1 % of its budget left and a game day needs 50 %;"
        " it was overridden"
    )


async def test_an_ignored_budget_may_even_be_unknown(world: World) -> None:
    world.prometheus_is_away = True
    endpoints = await world.tools.platform.endpoints()
    scope = Scope(
        experiment=error_burst(),
        tools=world.tools,
        endpoints=endpoints,
        objectives=(AVAILABILITY,),
        replicas=(),
        ignore_budget=True,
    )
    found = await budget(scope)
    assert not found.reasons
    assert "which was overridden" in found.warnings[0]


def _errors(target: Target) -> Fault:
    return Fault(
        id="errors",
        kind=FaultKind.ERROR,
        at=timedelta(),
        duration=timedelta(seconds=20),
        target=target,
        share=0.2,
        status=503,
    )
