"""A runner in a process of its own, which changes a real stack and then waits for its end."""

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from ironclad.adapters.files.lock import FileLock
from ironclad.adapters.files.undo_ledger import FileLedger
from ironclad.adapters.local.changes import LocalChanges
from ironclad.adapters.local.options import LocalOptions
from ironclad.adapters.local.platform import LocalPlatform
from ironclad.domain.experiment.targets import DATABASE
from ironclad.domain.faults.catalogue import FaultKind
from ironclad.domain.stack.undo import LEDGER_LEASE, UndoAction, UndoEntry
from tests.fakes.stack.live_stack import LiveStack

LASTS = timedelta(seconds=60)


async def _change(root: Path, stack: str, kind: FaultKind) -> None:
    platform = LocalPlatform(LocalOptions(root=root, stack=stack))
    folder = platform.folder
    changes = LocalChanges(platform.supervisor, folder.path, platform.run_folder)
    replicas = await platform.replicas()
    change = await changes.before(kind, [DATABASE] if kind.spec.is_on_database else replicas[:1])
    now = datetime.now(UTC)
    entry = UndoEntry(
        id=f"run-{kind}",
        run="run-1",
        action=UndoAction.RESTORE,
        targets=change.targets,
        lease_until=now + LEDGER_LEASE,
        deadline=now + LASTS,
        who="sre",
        why="a test",
        change=change,
    )
    async with FileLock(folder.lock).held("run-1", "game day test", "sre"):
        await FileLedger(folder.ledger).write(entry)
        await changes.make(change, LASTS)
        sys.stdout.write("made\n")
        sys.stdout.flush()
        await asyncio.sleep(LASTS.total_seconds())


@contextmanager
def runner_of(stack: LiveStack, kind: FaultKind) -> Iterator["subprocess.Popen[str]"]:
    """Give it once the change is made; killed by the end at the latest."""
    words = ("-m", "tests.fakes.stack.changing", str(stack.root), stack.ref.name, kind)
    with subprocess.Popen([sys.executable, *words], stdout=subprocess.PIPE, text=True) as process:  # noqa: S603
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "made\n"
            yield process
        finally:
            process.kill()


if __name__ == "__main__":
    asyncio.run(_change(Path(sys.argv[1]), sys.argv[2], FaultKind(sys.argv[3])))
