"""The database stopped in good order, and started again."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path

from ironclad.adapters.local.leased_child import LeasedChild
from ironclad.adapters.programs.supervision import Supervisor
from ironclad.domain.stack.stack import Replica
from ironclad.domain.stack.undo import Change
from ironclad.errors import LeaseLapsedError, RemoteError

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
