"""A runner of the close-up: what a game day does while its fault is on, and no more.

It also runs in an earlier version, which attaches to nothing.
"""

import asyncio
import sys
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from ironclad.adapters.files.lock import FileLock
from ironclad.adapters.files.undo_ledger import FileLedger
from ironclad.adapters.http.chaos import ChaosHttp
from ironclad.adapters.http.transport import TokenFile
from ironclad.adapters.local.changes import LocalChanges
from ironclad.adapters.local.options import LocalOptions
from ironclad.adapters.local.platform import LocalPlatform
from ironclad.domain.experiment.experiment import Fault, Target
from ironclad.domain.experiment.targets import DATABASE
from ironclad.domain.faults.catalogue import FaultKind
from ironclad.domain.stack import undo
from tests.fakes.stack.live_stack import StackSpec

LASTS = timedelta(seconds=60)
_RUN = "close-up"
_LOOK_SECONDS = 0.02


@dataclass
class Armed:
    """Errors on two replicas."""

    chaos: ChaosHttp
    replicas: tuple[Any, ...]
    fault: Fault = field(
        default_factory=lambda: Fault(
            id="errors",
            kind=FaultKind.ERROR,
            at=timedelta(),
            duration=LASTS,
            target=Target(replicas=2),
            share=1.0,
            status=503,
        )
    )
    terms: dict[str, Any] = field(default_factory=lambda: {"run": _RUN, "lease": undo.FAULT_LEASE})
    held: list[Any] = field(default_factory=list)

    async def entry(self) -> undo.UndoEntry:
        return _entry(undo.UndoAction.DISARM, tuple(each.name for each in self.replicas), None)

    async def begin(self) -> None:
        if hasattr(self.chaos, "attach"):
            self.held = [await self.chaos.attach(each, _RUN) for each in self.replicas]
            self.terms |= {"lease": undo.ATTACHED_LEASE, "attached": LASTS}
        for each in self.replicas:
            await self.chaos.arm(each, self.fault, **self.terms)

    async def renew(self) -> None:
        for each in self.replicas:
            await self.chaos.renew(each, self.fault, **self.terms)


@dataclass
class Changed:
    """One change of the platform."""

    changes: LocalChanges
    replicas: tuple[Any, ...]
    kind: FaultKind
    change: Any = None

    async def entry(self) -> undo.UndoEntry:
        targets = (DATABASE,) if self.kind.spec.is_on_database else self.replicas[:1]
        self.change = await self.changes.before(self.kind, targets)
        return _entry(undo.UndoAction.RESTORE, self.change.targets, self.change)

    async def begin(self) -> None:
        await self.changes.make(self.change, LASTS)
        while not await self.changes.is_made(self.change):  # noqa: ASYNC110 - as the guard looks
            await asyncio.sleep(_LOOK_SECONDS)

    async def renew(self) -> None:
        await self.changes.renew(self.change)


def _entry(action: undo.UndoAction, targets: tuple[str, ...], change: Any) -> undo.UndoEntry:
    now = datetime.now(UTC)
    return undo.UndoEntry(
        id=f"{_RUN}-1",
        run=_RUN,
        action=action,
        targets=targets,
        lease_until=now + undo.LEDGER_LEASE,
        deadline=now + LASTS,
        who="sre",
        why="a close-up",
        change=change,
    )


async def run(root: Path, kind: FaultKind) -> None:
    platform = LocalPlatform(LocalOptions(root=root, stack=StackSpec().name))
    folder, replicas = platform.folder, tuple((await platform.replicas())[:2])
    work: Armed | Changed
    if kind is FaultKind.ERROR:
        work = Armed(ChaosHttp(TokenFile(folder.chaos_token)), replicas)
    else:
        changes = LocalChanges(platform.supervisor, folder.path, platform.run_folder)
        work = Changed(changes, replicas, kind)
    async with FileLock(folder.lock).held(_RUN, "game day close-up", "sre"):
        await FileLedger(folder.ledger).write(await work.entry())
        await work.begin()
        sys.stdout.write("made\n")
        sys.stdout.flush()
        while True:
            await asyncio.sleep(undo.RENEW_EVERY.total_seconds())
            await work.renew()


if __name__ == "__main__":
    asyncio.run(run(Path(sys.argv[1]), FaultKind(sys.argv[2])))
