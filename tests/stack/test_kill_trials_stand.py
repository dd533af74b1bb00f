"""What the kill trials start themselves: it ends with them, and is taken down for certain."""

import asyncio
import time
from pathlib import Path

import psutil
import pytest

from ironclad.concurrency import run_to_completion
from ironclad.errors import StateError
from trials.harness import programs
from trials.harness.stand import Stand
from trials.harness.trail import follow

SLEEPS = '#!/bin/sh\necho $$ > "$HOME/pid"\nexec sleep 60\n'
FAILS_UP = '#!/bin/sh\n[ "$1" = down ] || { echo "no space" >&2; exit 2; }\n'


def stand_with(folder: Path, script: str) -> Stand:
    commands = folder / "commands"
    commands.mkdir()
    (commands / "ironclad").write_text(script)
    (commands / "ironclad").chmod(0o755)
    stand = Stand(folder=folder / "stand", reports=folder / "reports", commands=commands)
    stand.prepare()
    return stand


async def pid_in(stand: Stand) -> int:
    path = stand.folder / "home" / "pid"

    async def is_there() -> bool:
        return path.exists() and bool(path.read_text().strip())

    assert await follow(is_there, time.monotonic() + 10)
    return int(path.read_text())


async def test_a_command_ends_with_the_trial_that_waits_for_it(tmp_path: Path) -> None:
    stand = stand_with(tmp_path, SLEEPS)
    waiting = asyncio.create_task(stand.ironclad("game-day", "abort"))
    pid = await pid_in(stand)

    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting

    assert not psutil.pid_exists(pid)


async def test_a_stack_that_does_not_come_up_ends_the_trials_with_its_own_words(
    tmp_path: Path,
) -> None:
    with pytest.raises(StateError, match="no space"):
        await stand_with(tmp_path, FAILS_UP).up()


async def test_taken_down_its_folder_is_gone_however_often_it_is_stopped(
    tmp_path: Path,
) -> None:
    stand = stand_with(tmp_path, FAILS_UP)
    going = asyncio.create_task(run_to_completion(stand.down()))
    await asyncio.sleep(0)
    going.cancel()

    with pytest.raises(asyncio.CancelledError):
        await going

    assert not stand.folder.exists()


async def test_a_runner_is_one_process_group_and_leads_it(tmp_path: Path) -> None:
    """Ctrl-C is meant for the group; the trials' own must not be in it."""
    stand = stand_with(tmp_path, SLEEPS)
    process = stand.start("trial-001", "game-day", "run")
    try:
        assert await pid_in(stand) == process.pid
        assert programs.is_alive(process.pid)
    finally:
        process.kill()
        process.wait()

    assert not programs.is_alive(process.pid)
