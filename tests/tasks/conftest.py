"""A stack in memory behind the wiring, and no log that only a flow run has."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import pytest
from prefect.logging import disable_run_logger

from ironclad import wiring
from ironclad.domain.stack.stack import StackRef
from ironclad.game_day.toolbox import Toolbox
from ironclad.wiring import stack
from tests.fakes.game_day.world import World


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    world = World()

    @asynccontextmanager
    async def opened(_: StackRef, target: object = None) -> AsyncIterator[Toolbox]:  # noqa: ARG001
        yield world.tools

    monkeypatch.setattr(wiring, "open_toolbox", opened)
    monkeypatch.setattr(stack, "open_toolbox", opened)
    return world


@pytest.fixture
def quiet() -> Iterator[None]:
    with disable_run_logger():
        yield
