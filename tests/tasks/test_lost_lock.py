"""A partition of the holder's side alone ends whatever works under the lock of the stack."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from prefect.logging import disable_run_logger

from flows.deploy_stack import deploy_stack
from flows.run_game_day import played
from flows.tear_down_stack import tear_down_stack
from ironclad import wiring
from ironclad.domain.evidence.journal import Status
from ironclad.domain.stack.stack import Stage
from ironclad.errors import LeaseLapsedError
from ironclad.game_day.planning.making import make_plan
from ironclad.game_day.toolbox import Toolbox
from tasks import chaos
from tasks.pages import events
from tests.fakes.game_day.contested import PLACES, Contested
from tests.fakes.game_day.cut import Cut
from tests.fakes.game_day.world import World
from tests.fakes.load.bursts import error_burst

LOST = "^the stack's lock was lost and the work under it stopped: no renewal in "


@pytest.fixture(params=PLACES)
async def lock(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Contested]:
    async with PLACES[request.param](tmp_path / "lock") as contested:
        yield contested


@pytest.fixture
def world(lock: Contested, monkeypatch: pytest.MonkeyPatch) -> World:
    """A stack in memory whose lock is a real one; each of its steps works without end."""
    world = World()
    world.tools = replace(world.tools, lock=lock.holder)

    @asynccontextmanager
    async def open_toolbox(*_: object, **__: object) -> AsyncIterator[Toolbox]:
        yield world.tools

    async def work(*_: object, **__: object) -> None:
        lock.cut(Cut.UNANSWERED)
        await lock.work()

    monkeypatch.setattr(wiring, "open_toolbox", open_toolbox)
    monkeypatch.setattr("ironclad.wiring.stack.open_toolbox", open_toolbox)
    monkeypatch.setattr(world.platform, "apply", work)
    monkeypatch.setattr(world.platform, "remove", work)
    monkeypatch.setattr(chaos, "look_before", work)
    monkeypatch.setattr(events, "emit_event", lambda *_, **__: None)
    for module, step in [("deploy_stack", "apply_stage"), ("tear_down_stack", "remove_stage")]:
        task: Any = getattr(import_module(f"flows.{module}"), step)
        monkeypatch.setattr(f"flows.{module}.{step}", task.fn)
    return world


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    with disable_run_logger():
        yield


async def run_game_day(world: World) -> None:
    await played(await make_plan(error_burst(), world.tools, who="ana", why=""), wiring.ANY)


async def deploy(_: World) -> None:
    await deploy_stack.fn(stages=(Stage.POSTGRES,))


async def tear_down(_: World) -> None:
    await tear_down_stack.fn(stages=(Stage.POSTGRES,), delete_data=True)


@pytest.mark.parametrize("flow", [run_game_day, deploy, tear_down])
async def test_it_has_ended_before_another_can_take_the_stack(
    world: World, lock: Contested, flow: Callable[[World], Awaitable[None]]
) -> None:
    working = asyncio.ensure_future(flow(world))
    while not lock.worked:
        await asyncio.sleep(0.001)
    taking = asyncio.create_task(lock.when_taken())
    with pytest.raises(LeaseLapsedError, match=LOST):
        await working
    assert not taking.done()
    assert lock.worked[-1] < await taking


async def test_the_report_of_the_game_day_says_why_it_was_interrupted(world: World) -> None:
    with pytest.raises(LeaseLapsedError):
        await run_game_day(world)
    (evidence,) = world.runs.closed
    assert evidence.status is Status.INTERRUPTED
    assert "the stack's lock was lost" in evidence.status_reason
