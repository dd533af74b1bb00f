"""Platform changes of a stack on this machine, each made and taken back by a small class."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Protocol

from ironclad.adapters.local.partition import Partition
from ironclad.adapters.local.pausing import Pause
from ironclad.adapters.local.postgres.down import PostgresDown
from ironclad.adapters.local.postgres.relay_control import RelayControl
from ironclad.adapters.programs.processes import is_stopped
from ironclad.adapters.programs.supervision import Supervisor
from ironclad.domain.faults.catalogue import FaultKind
from ironclad.domain.stack.commands import on_this_machine
from ironclad.domain.stack.stack import Replica
from ironclad.domain.stack.undo import Change
from ironclad.errors import IroncladError

_REFUSED = {
    FaultKind.EVICT: (
        "there is no eviction and no disruption budget on this machine, only in clusters"
    )
}


class _PlatformChange(Protocol):
    async def refusal(self, targets: Sequence[Replica]) -> str: ...

    async def before(self, targets: Sequence[Replica]) -> Mapping[str, str]: ...

    async def make(self, change: Change, lasts: timedelta) -> None: ...

    async def renew(self, change: Change) -> None: ...

    async def is_made(self, change: Change) -> bool: ...

    async def restore(self, change: Change) -> str: ...


class LocalChanges:
    """Satisfies `ports.PlatformChanges`."""

    def __init__(self, supervisor: Supervisor, folder: Path, run: Path) -> None:
        self._supervisor = supervisor
        self._relay = RelayControl(run, on_this_machine(folder.name))
        self._changes: dict[FaultKind, _PlatformChange] = {
            FaultKind.REPLICA_PAUSE: Pause(supervisor, folder),
            FaultKind.POSTGRES_DOWN: PostgresDown(supervisor, folder),
            FaultKind.DATABASE_PARTITION: Partition(self._relay),
        }

    async def refusal(self, kind: FaultKind, targets: Sequence[Replica]) -> str:
        if refused := _REFUSED.get(kind):
            return refused
        return await self._changes[kind].refusal(targets) if kind in self._changes else ""

    async def before(self, kind: FaultKind, targets: Sequence[Replica]) -> Change:
        before = await self._changes[kind].before(targets) if kind in self._changes else {}
        return Change(kind=kind, targets=tuple(each.name for each in targets), before=before)

    async def make(self, change: Change, lasts: timedelta) -> None:
        await self._changes[change.kind].make(change, lasts)

    async def renew(self, change: Change) -> None:
        await self._changes[change.kind].renew(change)

    async def is_made(self, change: Change) -> bool:
        return await self._changes[change.kind].is_made(change)

    async def restore(self, change: Change) -> str:
        """Of an instant: start again what the supervisor has given up."""
        try:
            if change.kind in self._changes:
                return await self._changes[change.kind].restore(change)
            for name in change.targets:
                await self._supervisor.start_one(name)
        except IroncladError as error:
            return str(error)
        return ""

    async def snapshot(self) -> Mapping[str, str]:
        programs = await self._supervisor.states()
        found = {name: _words(state.is_kept_up, state.pid) for name, state in programs.items()}
        return {**found, "the way to the database": await self._relay.words()}


def _words(is_kept_up: bool, pid: int) -> str:  # noqa: FBT001 - as read
    if not is_kept_up:
        return "down"
    return "stopped" if pid and is_stopped(pid) else "up"
