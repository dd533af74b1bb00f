"""Small programs under a real supervisord: kept up, replaced, given up, ended."""

import asyncio
import os
import signal
import sys
import tempfile
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from ironclad.adapters.local.machine import LocalMachine
from ironclad.adapters.programs.processes import is_alive, is_stopped, ours
from ironclad.adapters.programs.program import Program, ProgramCondition
from ironclad.adapters.programs.supervision import Supervisor
from ironclad.domain.stack.readiness import Condition
from ironclad.errors import StateError
from tests.fakes.stack.live_stack import becomes_true

ODD = 'it\'s "me" ; # 100%'
PATH = "/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin"
SLEEP = "import time; time.sleep(600)"
DEAF = "import signal, time; signal.signal(15, signal.SIG_IGN); print('deaf', flush=True)"
PARENT = "import subprocess; subprocess.Popen(['/bin/sleep', '600'], start_new_session=True)"
TELL = (
    "import os, sys; print(sys.argv[1:], *os.environ.items(), os.getcwd(), sep='\\n', flush=True)"
)


@pytest.fixture
async def supervisor(tmp_path: Path) -> AsyncIterator[Supervisor]:
    """In a folder with a space in its name."""
    folder = tmp_path / "a folder"
    folder.mkdir()
    with tempfile.TemporaryDirectory(prefix="run-") as run:
        supervisor = Supervisor(folder, Path(run))
        yield supervisor
        await supervisor.stop_all()
        assert ours(folder) == []


def program(
    folder: Path, name: str = "sleeper", code: str = "import time; time.sleep(600)"
) -> Program:
    return Program(
        name=name, argv=(sys.executable, "-S", "-c", code, 'it\'s "me" ; # 100%'), folder=folder
    )


@pytest.fixture
def sleeper(tmp_path: Path) -> Program:
    return program(tmp_path)


async def pid(supervisor: Supervisor, name: str = "sleeper") -> int:
    found = await supervisor.pid_of(name)
    assert found is not None
    return found


async def test_a_program_is_started_once(supervisor: Supervisor, sleeper: Program) -> None:
    assert await supervisor.ensure([sleeper]) == ("supervisor started", "sleeper started")
    first = await pid(supervisor)
    assert await supervisor.ensure([sleeper]) == ()
    assert await pid(supervisor) == first


async def test_programs_are_added_without_touching_the_others(
    supervisor: Supervisor, sleeper: Program
) -> None:
    await supervisor.ensure([sleeper])
    first = await pid(supervisor)
    assert await supervisor.ensure([replace(sleeper, name="second")]) == ("second started",)
    assert await pid(supervisor) == first


@pytest.mark.parametrize(
    "change",
    [{"inputs": ("another",)}, {"environment": {"A": "b"}}, {"stop_signal": "INT"}],
    ids=["what it reads", "its environment", "how it is ended"],
)
async def test_another_definition_restarts_it(
    supervisor: Supervisor, sleeper: Program, change: dict[str, object]
) -> None:
    await supervisor.ensure([sleeper])
    changed = replace(sleeper, **change)  # type: ignore[arg-type]
    assert await supervisor.stale([changed]) == ("sleeper",)
    assert await supervisor.ensure([changed]) == ("sleeper restarted",)
    assert await supervisor.stale([changed]) == ()


async def test_a_killed_program_comes_back(supervisor: Supervisor, sleeper: Program) -> None:
    await supervisor.ensure([sleeper])
    first = await pid(supervisor)

    async def is_up_for_good() -> bool:
        return (await supervisor.states())["sleeper"].condition is ProgramCondition.RUNNING

    assert await becomes_true(is_up_for_good)
    os.kill(first, signal.SIGKILL)

    async def is_back() -> bool:
        return await supervisor.pid_of("sleeper") not in (None, first)

    assert await becomes_true(is_back)


async def test_a_program_that_cannot_start_is_given_up_with_its_last_words(
    supervisor: Supervisor, tmp_path: Path
) -> None:
    broken = replace(
        program(tmp_path, "broken", "import sys; sys.exit('no such luck')"), start_retries=1
    )
    await supervisor.ensure([broken])

    async def is_tried_again() -> bool:
        return (await supervisor.readiness("broken")).condition is Condition.IN_PROGRESS

    async def is_given_up() -> bool:
        return (await supervisor.readiness("broken")).condition is Condition.FAILED

    assert await becomes_true(is_tried_again)
    assert await becomes_true(is_given_up)
    assert "given up: no such luck" in (await supervisor.readiness("broken")).message
    assert await supervisor.ensure([broken]) == ("broken started",)


async def test_a_program_gets_its_words_and_environment_exactly(
    supervisor: Supervisor, tmp_path: Path
) -> None:
    teller = replace(
        program(tmp_path, "teller", f"{TELL}; sys.stdout.flush(); {SLEEP}"),
        environment={"QUOTED": ODD, "HOME": "/nowhere"},
    )
    await supervisor.ensure([teller])

    async def has_written() -> bool:
        return str(tmp_path) in supervisor.last_words("teller")

    assert await becomes_true(has_written)
    lines = supervisor.last_words("teller", lines=20).split(" | ")
    assert lines[0] == str([ODD])
    assert lines[-1] == str(tmp_path)
    assert set(lines[1:-1]) == {
        str(pair)
        for pair in {
            "PATH": PATH,
            "HOME": "/nowhere",
            "LANG": "C.UTF-8",
            "IRONCLAD_SUPERVISED": str(tmp_path / "a folder"),
            "QUOTED": ODD,
        }.items()
    }


async def test_a_killed_supervisor_takes_its_programs_with_it(
    supervisor: Supervisor, sleeper: Program
) -> None:
    await supervisor.ensure([sleeper])
    child, daemon = await pid(supervisor), await supervisor.pid()
    os.kill(daemon or 0, signal.SIGKILL)

    async def is_gone() -> bool:
        return not is_alive(child)

    assert await becomes_true(is_gone, 5)
    assert await supervisor.ensure([sleeper]) == ("supervisor started",)
    assert await pid(supervisor) != child


async def test_a_suspended_supervisor_is_replaced(supervisor: Supervisor, sleeper: Program) -> None:
    await supervisor.ensure([sleeper])
    daemon = await supervisor.pid() or 0
    os.kill(daemon, signal.SIGSTOP)
    assert "supervisor started" in await supervisor.ensure([sleeper])
    assert not is_alive(daemon)


async def test_a_damaged_definition_of_another_program_is_no_obstacle(
    supervisor: Supervisor, sleeper: Program, tmp_path: Path
) -> None:
    other = replace(sleeper, name="other")
    await supervisor.ensure([sleeper, other])
    (tmp_path / "a folder/programs/other.json").write_text("{")
    assert await supervisor.ensure([sleeper]) == ()
    assert await supervisor.ensure([sleeper, other]) == ("other definition restored",)


async def test_a_removed_program_is_gone_and_forgotten(
    supervisor: Supervisor, sleeper: Program
) -> None:
    await supervisor.ensure([sleeper, replace(sleeper, name="other")])
    gone = await pid(supervisor)
    await supervisor.remove(["sleeper", "unknown"])
    assert not is_alive(gone)
    assert list(await supervisor.states()) == ["other"]


async def test_what_ignores_the_end_is_killed(supervisor: Supervisor, tmp_path: Path) -> None:
    stubborn = replace(program(tmp_path, code=f"{DEAF}; {SLEEP}"), stop_within=timedelta(seconds=1))
    await supervisor.ensure([stubborn])

    async def is_deaf() -> bool:
        return "deaf" in supervisor.last_words("sleeper")

    assert await becomes_true(is_deaf)
    child = await pid(supervisor)
    await supervisor.stop_all()
    assert not is_alive(child)


async def test_a_grandchild_left_behind_is_ended_too(
    supervisor: Supervisor, tmp_path: Path
) -> None:
    await supervisor.ensure([program(tmp_path, code=f"{PARENT}; {SLEEP}")])
    folder = tmp_path / "a folder"

    async def are_three() -> bool:
        return len(ours(folder)) == 3

    assert await becomes_true(are_three)
    await supervisor.stop_all()
    assert ours(folder) == []


async def test_a_folder_whose_name_supervisord_cannot_take_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / 'a "quoted" folder'
    folder.mkdir()
    with pytest.raises(StateError, match="a character that supervisord cannot take"):
        await Supervisor(folder, tmp_path).start()


async def test_a_socket_path_beyond_the_systems_limit_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StateError, match="too long"):
        await Supervisor(tmp_path, tmp_path / ("x" * 100)).start()


async def test_two_who_start_it_at_once_share_one_supervisor(
    supervisor: Supervisor, sleeper: Program, tmp_path: Path
) -> None:
    await asyncio.gather(supervisor.start(), supervisor.start(), return_exceptions=True)
    await supervisor.ensure([sleeper])

    async def are_two() -> bool:
        return len(ours(tmp_path / "a folder")) == 2

    assert await becomes_true(are_two)


async def test_a_program_that_a_signal_has_stopped_is_named_with_its_remedy(
    supervisor: Supervisor, sleeper: Program
) -> None:
    """Supervisord calls it RUNNING, and every wait for it would be a wait in silence."""
    await supervisor.ensure([sleeper])
    process = await pid(supervisor)
    os.kill(process, signal.SIGSTOP)
    try:
        assert await becomes_true(lambda: _is_stopped(process))
        found = await supervisor.readiness("sleeper")
        stopped = await supervisor.stopped()
    finally:
        os.kill(process, signal.SIGCONT)

    assert found.condition is Condition.IN_PROGRESS
    assert found.message == (
        f"sleeper (process {process}) is stopped by a signal and does nothing;"
        f" `kill -CONT {process}` lets it go on"
    )
    assert stopped == (found.message,)


async def _is_stopped(process: int) -> bool:
    """The signal reaches it when it next gets a core."""
    return is_stopped(process)


async def test_a_supervisor_that_a_signal_has_stopped_is_named_and_not_its_programs(
    supervisor: Supervisor, sleeper: Program
) -> None:
    await supervisor.ensure([sleeper])
    daemon = await supervisor.pid()
    assert daemon is not None
    os.kill(daemon, signal.SIGSTOP)
    try:
        assert await becomes_true(lambda: _is_stopped(daemon))
        found = await supervisor.readiness("sleeper")
    finally:
        os.kill(daemon, signal.SIGCONT)

    assert f"supervisord (process {daemon}) is stopped by a signal" in found.message


async def test_the_machine_s_counters_tell_a_stack_s_own_work_from_that_of_others(
    supervisor: Supervisor, tmp_path: Path
) -> None:
    """A program of the stack burns here, and its child as well."""
    burn = "import time\nwhile time.process_time() < 0.2: pass\ntime.sleep(600)"
    machine = LocalMachine(supervisor)
    await supervisor.ensure([program(tmp_path, "first")])
    before = await machine.counters()
    assert before is not None

    await supervisor.ensure([program(tmp_path, "burner", burn)])

    async def has_burnt() -> bool:
        now = await machine.counters()
        return now is not None and now.stack - before.stack >= 0.2

    assert await becomes_true(has_burnt)
    now = await machine.counters()
    assert now is not None
    assert now.busy - before.busy >= now.stack - before.stack
