"""Real processes that stand still for a while, whatever becomes of those who wanted it."""

import asyncio
import os
import signal
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from ironclad.adapters.local.pausing import Pause
from ironclad.adapters.programs.processes import is_stopped
from ironclad.domain.faults.catalogue import FaultKind
from ironclad.domain.stack.stack import Replica
from ironclad.domain.stack.undo import Change
from ironclad.errors import LeaseLapsedError, RemoteError
from ironclad.processes import lease_holder

NAME = "backend-0"
REPLICA = Replica(NAME, "")
LASTS = timedelta(seconds=30)

Process = asyncio.subprocess.Process


class OneProgram:
    """As much of a supervisor as a pause asks for."""

    def __init__(self, pid: int | None) -> None:
        self.pid = pid

    async def process_of(self, name: str) -> int | None:
        assert name == NAME
        return self.pid


@pytest.fixture
async def process() -> AsyncIterator[Process]:
    started = await asyncio.create_subprocess_exec("sleep", "60")
    yield started
    with suppress(ProcessLookupError):
        started.kill()
    await started.wait()


@pytest.fixture
def pause(process: Process, tmp_path: Path) -> Pause:
    return Pause(OneProgram(process.pid), tmp_path)  # type: ignore[arg-type]


async def change(pause: Pause) -> Change:
    before = await pause.before([REPLICA])
    return Change(kind=FaultKind.REPLICA_PAUSE, targets=(NAME,), before=before)


async def becomes(condition: Callable[[], bool], within: float = 5.0) -> float:
    began = time.monotonic()
    while not condition():
        assert time.monotonic() - began < within
        await asyncio.sleep(0.01)
    return time.monotonic() - began


async def test_a_replica_stands_still_until_it_is_let_go(pause: Pause, process: Process) -> None:
    made = await change(pause)
    await pause.make(made, LASTS)

    await becomes(lambda: is_stopped(process.pid))
    assert await pause.is_made(made)
    await pause.renew(made)

    assert await pause.restore(made) == ""
    assert not is_stopped(process.pid)
    assert not await pause.is_made(made)
    assert await pause.restore(made) == ""
    with pytest.raises(LeaseLapsedError, match="the pause of backend-0 is over"):
        await pause.renew(made)


async def test_it_ends_at_its_deadline_although_it_is_renewed(
    pause: Pause, process: Process
) -> None:
    made = await change(pause)
    await pause.make(made, timedelta(seconds=0.5))
    await pause.renew(made)

    assert await becomes(lambda: not is_stopped(process.pid)) < 2.0
    assert await pause.restore(made) == ""


async def test_a_sweep_lets_go_by_the_entry_alone(
    pause: Pause, process: Process, tmp_path: Path
) -> None:
    """Even the child that held it was killed."""
    made = await change(pause)
    await pause.make(made, LASTS)
    children = list(pause._children.values())  # noqa: SLF001 - its own child
    children[0].process.kill()
    await children[0].process.wait()
    await becomes(lambda: is_stopped(process.pid))

    janitor = Pause(OneProgram(None), tmp_path)  # type: ignore[arg-type]

    assert await janitor.restore(made) == ""
    assert not is_stopped(process.pid)


RUNNER = """
import asyncio, sys
from datetime import timedelta
from pathlib import Path
from ironclad.adapters.local.pausing import Pause
from ironclad.domain.faults.catalogue import FaultKind
from ironclad.domain.stack.undo import Change

async def main():
    before = {"backend-0": sys.argv[1]}
    change = Change(kind=FaultKind.REPLICA_PAUSE, targets=("backend-0",), before=before)
    await Pause(None, Path(sys.argv[2])).make(change, timedelta(seconds=30))
    print("made", flush=True)
    await asyncio.sleep(60)

asyncio.run(main())
"""


@pytest.mark.parametrize(
    ("end", "soonest", "latest"),
    [
        pytest.param(signal.SIGKILL, 0.0, 2.0, id="killed"),
        pytest.param(signal.SIGSTOP, 4.0, 10.0, id="stopped, so that its lease runs out"),
    ],
)
async def test_a_runner_that_is_gone_holds_nothing_up(
    process: Process, tmp_path: Path, end: signal.Signals, soonest: float, latest: float
) -> None:
    target = f"{process.pid}:{lease_holder.start_of(process.pid)}"
    runner = await asyncio.create_subprocess_exec(
        sys.executable, "-c", RUNNER, target, str(tmp_path), stdout=asyncio.subprocess.PIPE
    )
    assert runner.stdout is not None
    assert await runner.stdout.readline() == b"made\n"
    await becomes(lambda: is_stopped(process.pid))

    runner.send_signal(end)
    took = await becomes(lambda: not is_stopped(process.pid), within=12.0)
    with suppress(ProcessLookupError):
        runner.kill()
    await runner.communicate()

    assert soonest <= took <= latest


async def test_a_later_process_with_the_same_id_is_never_touched(
    pause: Pause, process: Process
) -> None:
    made = await change(pause)
    stranger = replace(made, before={NAME: f"{process.pid}:1"})
    process.send_signal(signal.SIGSTOP)
    await becomes(lambda: is_stopped(process.pid))

    assert await pause.restore(stranger) == ""
    assert is_stopped(process.pid)
    with pytest.raises(RemoteError, match="is another one by now"):
        await pause.make(stranger, LASTS)
    process.send_signal(signal.SIGCONT)


async def test_no_flow_is_stopped_where_one_of_several_is_gone(
    pause: Pause, process: Process
) -> None:
    made = await change(pause)
    both = replace(made, before={**made.before, "backend-1": "999999:1"})

    with pytest.raises(RemoteError, match="could not be paused"):
        await pause.make(both, LASTS)
    assert not is_stopped(process.pid)


async def test_a_process_that_ended_meanwhile_needs_no_undo(pause: Pause, process: Process) -> None:
    made = await change(pause)
    await pause.make(made, LASTS)
    process.kill()
    await process.wait()

    assert await pause.restore(made) == ""


async def test_what_does_not_run_or_stands_still_already_is_refused(
    pause: Pause, process: Process, tmp_path: Path
) -> None:
    assert await pause.refusal([REPLICA]) == ""
    away = Pause(OneProgram(None), tmp_path)  # type: ignore[arg-type]
    assert "does not run" in await away.refusal([REPLICA])

    os.kill(process.pid, signal.SIGSTOP)
    await becomes(lambda: is_stopped(process.pid))

    assert "stands still already" in await pause.refusal([REPLICA])
    os.kill(process.pid, signal.SIGCONT)
