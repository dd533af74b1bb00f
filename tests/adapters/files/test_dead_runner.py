"""Lock and ledger of a runner that was killed: free as soon as it is gone, and no later."""

import asyncio
import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ironclad.adapters.files.lock import FileLock
from ironclad.adapters.files.undo_ledger import FileLedger
from ironclad.errors import BusyError
from tests.fakes.game_day.holding import runner_in


@pytest.fixture
def runner(tmp_path: Path) -> Iterator["subprocess.Popen[str]"]:
    with runner_in(tmp_path) as process:
        yield process


def kill(runner: "subprocess.Popen[str]") -> None:
    """It stays a zombie, as under a parent that is slow to ask for it."""
    runner.kill()
    os.waitid(os.P_PID, runner.pid, os.WEXITED | os.WNOWAIT)


async def is_due(folder: Path) -> bool:
    (entry,) = await FileLedger(folder / "ledger").entries()
    return entry.is_due(datetime.now(UTC))


async def test_a_killed_runner_holds_nothing(
    runner: "subprocess.Popen[str]", tmp_path: Path
) -> None:
    lock = FileLock(tmp_path / "lock")
    assert await lock.holder() is not None
    assert not await is_due(tmp_path)

    kill(runner)

    assert await lock.holder() is None
    assert (dead := await lock.lapsed()) is not None
    assert dead.run == "run-1"
    assert await lock.request_abort("bert") is None
    assert await is_due(tmp_path)
    async with lock.held("run-2", "game day", "bert"):
        assert await lock.lapsed() is None


async def test_a_stopped_runner_keeps_what_it_holds_for_its_lease(
    runner: "subprocess.Popen[str]", tmp_path: Path
) -> None:
    runner.send_signal(signal.SIGSTOP)

    assert await FileLock(tmp_path / "lock").holder() is not None
    assert not await is_due(tmp_path)
    with pytest.raises(BusyError, match="if its process is stopped, the lock lapses within 20 s"):
        async with FileLock(tmp_path / "lock").held("run-2", "game day", "bert"):
            pass


@pytest.mark.parametrize("what", ["another place", "no owner"])
async def test_a_runner_that_cannot_be_seen_keeps_it_for_its_lease(
    runner: "subprocess.Popen[str]", tmp_path: Path, what: str
) -> None:
    """On another machine or in another container it may live; an earlier version named none."""
    kill(runner)
    (entry,) = (tmp_path / "ledger").glob("*.json")
    for path, key in ((tmp_path / "lock/lease.json", "owner"), (entry, "runner")):
        document = json.loads(path.read_text())
        if what == "no owner":
            del document[key]
        else:
            document[key]["place"] = "another boot"
        path.write_text(json.dumps(document))

    assert await FileLock(tmp_path / "lock").holder() is not None
    assert not await is_due(tmp_path)


async def test_who_waits_for_the_holders_end_learns_of_it_at_once(
    runner: "subprocess.Popen[str]", tmp_path: Path
) -> None:
    lock = FileLock(tmp_path / "lock")
    await lock.until_holder_ends(0.01)
    waiting = asyncio.create_task(lock.until_holder_ends(30))
    await asyncio.sleep(0.05)
    assert not waiting.done()
    began = time.monotonic()

    runner.kill()

    await waiting
    assert time.monotonic() - began < 5
    again = time.monotonic()
    await lock.until_holder_ends(0.2)
    assert time.monotonic() - again >= 0.19, "a dead holder is reported once"


async def test_who_waits_learns_of_the_end_of_a_holder_that_came_meanwhile(tmp_path: Path) -> None:
    waiting = asyncio.create_task(FileLock(tmp_path / "lock").until_holder_ends(60))
    await asyncio.sleep(0)
    with runner_in(tmp_path) as runner:
        await asyncio.sleep(1)  # twice as long as until the next look
        runner.kill()
        await asyncio.wait_for(waiting, 10)


async def test_an_end_between_two_waits_is_not_missed(
    runner: "subprocess.Popen[str]", tmp_path: Path
) -> None:
    lock = FileLock(tmp_path / "lock")
    await lock.until_holder_ends(0.01)
    kill(runner)
    began = time.monotonic()

    await lock.until_holder_ends(30)

    assert time.monotonic() - began < 5


async def test_a_holder_that_was_not_seen_before_its_end_counts_once(
    runner: "subprocess.Popen[str]", tmp_path: Path
) -> None:
    kill(runner)
    lock, began = FileLock(tmp_path / "lock"), time.monotonic()

    await lock.until_holder_ends(30)
    assert time.monotonic() - began < 5

    again = time.monotonic()
    await lock.until_holder_ends(0.2)
    assert time.monotonic() - again >= 0.19


async def test_without_a_holder_it_is_waited_for_as_long_as_was_asked(tmp_path: Path) -> None:
    began = time.monotonic()
    await FileLock(tmp_path / "lock").until_holder_ends(0.1)
    assert time.monotonic() - began >= 0.09
