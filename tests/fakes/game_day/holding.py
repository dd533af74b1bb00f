"""A runner in a process of its own, which holds a stack until it is ended."""

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from ironclad.adapters.files.lock import FileLock
from ironclad.adapters.files.undo_ledger import FileLedger
from ironclad.domain.stack.undo import LEDGER_LEASE, UndoAction, UndoEntry


async def _hold(folder: Path) -> None:
    now = datetime.now(UTC)
    entry = UndoEntry(
        id="errors",
        run="run-1",
        action=UndoAction.DISARM,
        targets=("backend-0",),
        lease_until=now + LEDGER_LEASE,
        deadline=now + timedelta(minutes=5),
        who="sre",
        why="a test",
    )
    async with FileLock(folder / "lock").held("run-1", "game day errors", "sre"):
        await FileLedger(folder / "ledger").write(entry)
        sys.stdout.write("held\n")
        sys.stdout.flush()
        await asyncio.sleep(60)


@contextmanager
def runner_in(folder: Path) -> Iterator["subprocess.Popen[str]"]:
    """Give it once it holds the stack; killed by the end at the latest."""
    command = [sys.executable, "-m", "tests.fakes.game_day.holding", str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "held\n"
            yield process
        finally:
            process.kill()


if __name__ == "__main__":
    asyncio.run(_hold(Path(sys.argv[1])))
