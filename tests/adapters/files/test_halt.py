"""The red switch where the stack lives: a file, or an object of the cluster."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ironclad.adapters.files.halt import FileHalt
from ironclad.adapters.kubernetes.client.api import Call
from ironclad.adapters.kubernetes.client.kinds import kind
from ironclad.adapters.kubernetes.game_day.config_text import NAME, KubernetesHalt
from ironclad.domain.stack.kept_setting import Halt
from ironclad.errors import BadInputError
from ironclad.ports import HaltSwitch
from tests.fakes.kube.asked import AskedCluster

HALT = Halt(who="ana@desk", why="the sale", since=datetime(2026, 3, 1, 12, tzinfo=UTC))
OTHER = Halt(who="bert", why="", since=datetime(2026, 3, 1, 13, tzinfo=UTC))


@pytest.fixture(params=["file", "cluster"])
def another(
    request: pytest.FixtureRequest, tmp_path: Path, cluster: AskedCluster
) -> Callable[[], HaltSwitch]:
    """Give the same switch as another process would have it."""
    if request.param == "file":
        return lambda: FileHalt(tmp_path / "halt.json")
    return lambda: KubernetesHalt(cluster.api, cluster.namespace)


async def test_it_is_off_until_somebody_turns_it_on(another: Callable[[], HaltSwitch]) -> None:
    assert await another().state() is None
    assert await another().turn_off() is None


async def test_everybody_sees_who_turned_it_on_and_why(another: Callable[[], HaltSwitch]) -> None:
    await another().turn_on(HALT)

    assert await another().state() == HALT


async def test_the_last_one_who_turns_it_on_stands(another: Callable[[], HaltSwitch]) -> None:
    await another().turn_on(HALT)
    await another().turn_on(OTHER)

    assert await another().state() == OTHER


async def test_turning_it_off_gives_what_was_on(another: Callable[[], HaltSwitch]) -> None:
    await another().turn_on(HALT)

    assert await another().turn_off() == HALT
    assert await another().state() is None


async def test_many_who_turn_it_on_at_once_leave_it_on(another: Callable[[], HaltSwitch]) -> None:
    await asyncio.gather(*(another().turn_on(HALT) for _ in range(4)))

    assert await another().state() == HALT


async def test_a_damaged_file_is_a_halt_that_can_be_ended(tmp_path: Path) -> None:
    file = tmp_path / "halt.json"
    file.write_text('{"who": "an')
    switch = FileHalt(file)

    state = await switch.state()

    assert state is not None
    assert f"the switch {file} cannot be read" in state.sentence
    assert await switch.turn_off() == state
    assert await switch.state() is None


async def test_a_damaged_object_is_a_halt_that_can_be_ended(cluster: AskedCluster) -> None:
    path = kind("ConfigMap").path(cluster.namespace)
    body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": NAME}}
    await cluster.api.call(Call(method="POST", path=path, body=body, again=False))
    switch = KubernetesHalt(cluster.api, cluster.namespace)

    state = await switch.state()

    assert state is not None
    assert f"namespace {cluster.namespace}, ConfigMap/{NAME} cannot be read" in state.sentence
    assert await switch.turn_off() == state


async def test_a_stack_that_is_not_there_cannot_be_halted(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match=r"no stack in .*/nowhere to halt"):
        await FileHalt(tmp_path / "nowhere" / "halt.json").turn_on(HALT)
