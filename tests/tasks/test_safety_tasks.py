"""The last net, the red switch and lateness as tasks: no Prefect server is needed."""

import uuid
from datetime import UTC, datetime, timedelta

import pytest
from prefect.client.schemas.objects import FlowRun
from prefect.runtime import flow_run

from ironclad.domain.stack.platforms import KUBERNETES, LOCAL
from ironclad.domain.stack.stack import StackRef
from ironclad.domain.stack.undo import UndoAction, UndoEntry
from ironclad.errors import RemoteError, TooLateError
from tasks.nets import stack_of
from tasks.stopping import ended_with_its_worker
from tasks.turns import demand_in_time
from tasks.undoing import sweep_lapsed, switch
from tests.fakes.game_day.world import World
from tests.fakes.load.bursts import error_burst

pytestmark = pytest.mark.usefixtures("quiet")

REF = StackRef()


async def leave_behind(world: World, *, lease: timedelta) -> None:
    now = world.clock.now()
    entry = UndoEntry(
        id="dead-errors",
        run="dead",
        action=UndoAction.DISARM,
        targets=("backend-0",),
        lease_until=now + lease,
        deadline=now + timedelta(minutes=5),
        who="me",
        why="",
    )
    await world.ledger.write(entry)
    replica, fault = world.replicas["backend-0"].replica, error_burst().faults[0]
    await world.faults.arm(replica, fault, run="dead", lease=timedelta(hours=1))


async def test_the_last_net_takes_back_what_has_lapsed(world: World) -> None:
    await leave_behind(world, lease=timedelta())

    is_held = await sweep_lapsed.fn(REF)

    assert not is_held
    assert world.armed == {}
    assert world.ledger.kept == {}


async def test_it_never_touches_what_a_live_run_holds(world: World) -> None:
    await leave_behind(world, lease=timedelta(seconds=20))

    async with world.lock.held("alive", "game day", "me"):
        assert await sweep_lapsed.fn(REF)

    assert world.armed == {"backend-0": ["errors"]}


async def test_it_writes_the_reports_of_the_dead_and_not_of_the_living(world: World) -> None:
    world.runs.open_runs = ("dead", "alive")

    async with world.lock.held("alive", "game day", "me"):
        await sweep_lapsed.fn(REF)

    assert world.runs.finalized == ["dead"]


async def test_what_it_cannot_take_back_fails_it_with_the_reason(world: World) -> None:
    await leave_behind(world, lease=timedelta())
    world.replicas["backend-0"].is_silent = True
    world.ledger.unreadable = ("x.json cannot be read",)

    with pytest.raises(RemoteError, match=r"dead-errors: .*does not answer; x.json cannot be read"):
        await sweep_lapsed.fn(REF)


async def test_the_switch_is_turned_by_a_flow_as_well(world: World) -> None:
    await switch.fn(REF, halted=True, why="the sale")
    assert world.halt.on is not None
    assert world.halt.on.why == "the sale"

    await switch.fn(REF, halted=False, why="")
    assert world.halt.on is None


async def test_a_halt_takes_back_what_no_runner_and_no_janitor_does(world: World) -> None:
    await leave_behind(world, lease=timedelta(hours=1))

    await switch.fn(REF, halted=True, why="")

    assert world.armed == {}
    assert world.ledger.kept == {}
    assert 3 <= world.clock.monotonic() < 5


async def test_a_halt_under_which_something_stays_on_fails_with_what_it_is(world: World) -> None:
    await leave_behind(world, lease=timedelta(hours=1))
    world.replicas["backend-0"].is_silent = True

    with pytest.raises(RemoteError, match="still on are: backend-0 does not answer"):
        await switch.fn(REF, halted=True, why="")


@pytest.mark.parametrize(
    ("parameters", "ref"),
    [
        ({}, StackRef()),
        ({"platform": "local", "stack": "team-a"}, StackRef(LOCAL, "team-a")),
        ({"platform": "kubernetes"}, StackRef(KUBERNETES, "ironclad-demo")),
    ],
    ids=str,
)
def test_a_flow_run_says_which_stack_it_is_of(parameters: dict[str, str], ref: StackRef) -> None:
    assert stack_of(FlowRun(flow_id=uuid.uuid4(), parameters=parameters)) == ref


def test_a_run_that_begins_in_time_goes_on() -> None:
    demand_in_time(15)


def test_a_run_that_a_worker_picks_up_too_late_is_passed_over(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Prefect's own way to say in a test when a run was due."""
    due = datetime.now(UTC) - timedelta(minutes=20)
    monkeypatch.setattr(flow_run, "scheduled_start_time", due, raising=False)

    demand_in_time(25)
    with pytest.raises(TooLateError, match="is 20m late, more than 15m"):
        demand_in_time(15)


async def test_a_run_that_a_person_started_may_outlive_its_shell() -> None:
    async with ended_with_its_worker():
        ended = True
    assert ended
