"""Of several starts of one thing on one machine all but the first fail at once."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from ironclad import wiring
from ironclad.adapters.files.lock import passed_alone
from ironclad.domain.stack.stack import StackRef
from ironclad.errors import BusyError, StateError, WaitTimeoutError
from ironclad.settings import settings
from ironclad.wiring import turns
from ironclad.wiring.platforms import local_tools
from ironclad.wiring.turns import prefect_to_oneself

_KEEP_IT = """
import sys
from pathlib import Path
from ironclad.adapters.files.lock import passed_alone
with passed_alone(Path(sys.argv[1]), "a game day on local/demo"):
    print("in", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def gate(tmp_path: Path) -> Path:
    return tmp_path / "state" / ".game-day-local-demo"


def test_the_second_learns_what_runs_in_which_process_and_what_to_do(gate: Path) -> None:
    what = "a game day on local/demo"
    with passed_alone(gate, what), pytest.raises(BusyError) as refused, passed_alone(gate, what):
        pass
    assert str(refused.value) == (
        "a game day on local/demo is under way from this machine already "
        f"(process {os.getpid()}); wait until it ends, or end that"
    )


def test_stacks_do_not_keep_each_other_from_starting(gate: Path) -> None:
    other = gate.with_name(".game-day-local-other")
    with passed_alone(gate, "this"), passed_alone(other, "that"):
        pass


def test_nothing_is_left_of_it_and_the_next_may_start(gate: Path) -> None:
    for _ in range(2):
        with passed_alone(gate, "it"):
            assert gate.exists()
        assert not gate.parent.exists()


def test_a_killed_holder_leaves_it_open(gate: Path) -> None:
    command = [sys.executable, "-c", _KEEP_IT, str(gate)]
    with subprocess.Popen(  # noqa: S603 - our own program
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"in\n"
        with pytest.raises(BusyError, match=f"process {process.pid}"), passed_alone(gate, "it"):
            pass
        process.kill()
        process.wait()
        with passed_alone(gate, "it"):
            pass


def test_a_state_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    gate = tmp_path / "file/state/.game-day-local-demo"
    with pytest.raises(StateError, match="part of that path is a file"), passed_alone(gate, "it"):
        pass


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("IRONCLAD_STATE", str(tmp_path / "state"))
    settings.cache_clear()
    yield tmp_path / "state"
    settings.cache_clear()


def test_a_second_deploy_of_a_stack_is_refused_and_another_stack_is_not(state: Path) -> None:
    with wiring.deploying(StackRef()):
        with (
            pytest.raises(BusyError, match=r"a deploy of local/demo is under way .*Ctrl-C"),
            wiring.deploying(StackRef()),
        ):
            pass
        with wiring.deploying(StackRef(name="other")):
            pass
    assert not state.exists()


@pytest.mark.usefixtures("state")
async def test_two_commands_start_prefect_one_after_the_other() -> None:
    """Two `up`s with different settings met in supervisord as `STILL_RUNNING`."""
    events: list[str] = []

    async def start(name: str) -> None:
        async with prefect_to_oneself():
            events.append(f"{name} begins")
            await asyncio.sleep(0)
            events.append(f"{name} ends")

    await asyncio.gather(start("one"), start("two"))

    assert events == ["one begins", "one ends", "two begins", "two ends"]


async def test_a_turn_that_does_not_come_names_the_process_that_has_it(
    state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turns, "TURN_WITHIN", timedelta())
    with (
        passed_alone(state / turns.PREFECT, "it"),
        pytest.raises(WaitTimeoutError, match=rf"within 0s: .*\(process {os.getpid()}\)"),
    ):
        async with prefect_to_oneself():
            pass


def test_what_a_killed_command_left_goes_with_the_rest(state: Path) -> None:
    with wiring.starting(StackRef()):
        (left,) = state.iterdir()
        leftover = left.with_name(f"{left.name}-too")
        leftover.touch()
    assert leftover.exists()
    local_tools.forget_the_rest()
    assert not state.exists()
