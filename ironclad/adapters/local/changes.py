"""What the platform breaks on this machine: replicas that end, and changes that last."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path

from ironclad.adapters.local.leased_child import LeasedChild
from ironclad.adapters.local.pausing import Pause
from ironclad.adapters.local.postgres.relay_control import RelayControl
from ironclad.adapters.platform_changes import ChangesByKind
from ironclad.adapters.programs.processes import is_stopped
from ironclad.adapters.programs.supervision import Supervisor
from ironclad.domain.faults.catalogue import FaultKind
from ironclad.domain.faults.spec import Ending
from ironclad.domain.stack.commands import on_this_machine
from ironclad.domain.stack.stack import Replica
from ironclad.domain.stack.undo import ATTACHED_LEASE, Change
from ironclad.errors import IroncladError, LeaseLapsedError, RemoteError

NAME = "postgres"
_POLL_SECONDS = 0.05
_STARTS_WITHIN_POLLS = 40


class PostgresDown:
    """The supervisor does not start again what it was asked to stop.

    Two nets start it, neither of which needs the other: a child of the runner's, and the janitor.
    """

    def __init__(self, supervisor: Supervisor, folder: Path) -> None:
        self._supervisor = supervisor
        self._folder = folder
        self._child: LeasedChild | None = None

    async def refusal(self, targets: Sequence[Replica]) -> str:
        del targets
        return "" if await self._supervisor.pid_of(NAME) else "PostgreSQL does not run"

    async def before(self, targets: Sequence[Replica]) -> Mapping[str, str]:
        del targets
        return {NAME: "up"}

    async def make(self, change: Change, lasts: timedelta) -> None:
        """Set it going: a fast shutdown writes a checkpoint first, which may take a moment."""
        del change
        try:
            self._child = await LeasedChild.start(
                self._folder, lasts, "stop", str(self._supervisor.socket), NAME
            )
        except RemoteError as error:
            raise RemoteError(f"PostgreSQL could not be stopped: {error}") from error

    async def renew(self, change: Change) -> None:
        """Raises LeaseLapsedError when it was started meanwhile."""
        del change
        if self._child is None or not self._child.renew():
            raise LeaseLapsedError("what kept PostgreSQL down has ended")
        state = (await self._supervisor.states()).get(NAME)
        if state is not None and state.is_kept_up:
            raise LeaseLapsedError("PostgreSQL was started while it should be down")

    async def is_made(self, change: Change) -> bool:
        del change
        state = (await self._supervisor.states()).get(NAME)
        return state is not None and state.is_down

    async def restore(self, change: Change) -> str:
        """Wait a little for it; one that gives up is started anew at the next try."""
        del change
        child, self._child = self._child, None
        if child is not None:
            await child.end()
        for _ in range(_STARTS_WITHIN_POLLS):
            if await self._supervisor.start_one(NAME):
                return ""
            await asyncio.sleep(_POLL_SECONDS)
        return "PostgreSQL does not start yet"


_BY = "database-partition"


class Partition:
    """The cut ends with our connection to the relay. A lease ends that of a stopped runner."""

    def __init__(self, relay: RelayControl) -> None:
        self._relay = relay

    async def refusal(self, targets: Sequence[Replica]) -> str:
        del targets
        try:
            words = await self._relay.words()
        except IroncladError as error:
            return str(error)
        return "" if words == "open" else "the way to the database is cut already"

    async def before(self, targets: Sequence[Replica]) -> Mapping[str, str]:
        del targets
        return {"the way to the database": "open"}

    async def make(self, change: Change, lasts: timedelta) -> None:
        del change, lasts
        await self._relay.cut(_BY, ATTACHED_LEASE.total_seconds())

    async def renew(self, change: Change) -> None:
        del change
        await self._relay.renew(_BY, ATTACHED_LEASE.total_seconds())

    async def is_made(self, change: Change) -> bool:
        del change
        return await self._relay.is_cut()

    async def restore(self, change: Change) -> str:
        del change
        await self._relay.heal()
        return ""


_SIGNALS: Mapping[Ending | None, str] = {Ending.KILLED: "KILL", Ending.DRAINED: "TERM"}
"""A signal, and not the supervisor's stop: a runner that dies in between leaves nothing stopped."""


class LocalReplicaFaults:
    """Satisfies `ports.ReplicaFaults`."""

    def __init__(self, supervisor: Supervisor) -> None:
        self._supervisor = supervisor

    async def life(self, replica: Replica) -> str:
        process = await self._supervisor.process_of(replica.name)
        return f"process {process}" if process else ""

    async def terminate(self, replica: Replica, kind: FaultKind) -> None:
        await self._supervisor.signal(replica.name, _SIGNALS[kind.spec.ending])

    async def roll(self, replicas: Sequence[Replica]) -> tuple[Replica, ...]:
        """No local part restarts replicas by itself."""
        return tuple(replicas)


_REFUSED = {
    FaultKind.EVICT: (
        "there is no eviction and no disruption budget on this machine, only in clusters"
    )
}


class LocalChanges(ChangesByKind):
    def __init__(self, supervisor: Supervisor, folder: Path, run: Path) -> None:
        self._supervisor = supervisor
        self._relay = RelayControl(run, on_this_machine(folder.name))
        super().__init__(
            {
                FaultKind.REPLICA_PAUSE: Pause(supervisor, folder),
                FaultKind.POSTGRES_DOWN: PostgresDown(supervisor, folder),
                FaultKind.DATABASE_PARTITION: Partition(self._relay),
            },
            _REFUSED,
        )

    async def start_again(self, targets: Sequence[str]) -> str:
        """The supervisor gives up what ends too often."""
        for name in targets:
            await self._supervisor.start_one(name)
        return ""

    async def snapshot(self) -> Mapping[str, str]:
        programs = await self._supervisor.states()
        found = {name: _words(state.is_kept_up, state.pid) for name, state in programs.items()}
        return {**found, "the way to the database": await self._relay.words()}


def _words(is_kept_up: bool, pid: int) -> str:  # noqa: FBT001 - as read
    if not is_kept_up:
        return "down"
    return "stopped" if pid and is_stopped(pid) else "up"
