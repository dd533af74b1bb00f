"""The database stopped in good order, and started again."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import timedelta

from ironclad.adapters.supervision import Supervisor
from ironclad.domain.stack import Replica
from ironclad.domain.undo import Change
from ironclad.errors import LeaseLapsedError

NAME = "postgres"
_POLL_SECONDS = 0.05
_STARTS_WITHIN_POLLS = 40


class PostgresDown:
    """The supervisor does not start again what it was told to stop."""

    def __init__(self, supervisor: Supervisor) -> None:
        self._supervisor = supervisor

    async def refusal(self, targets: Sequence[Replica]) -> str:
        del targets
        return "" if await self._supervisor.pid_of(NAME) else "PostgreSQL does not run"

    async def before(self, targets: Sequence[Replica]) -> Mapping[str, str]:
        del targets
        return {NAME: "up"}

    async def make(self, change: Change, lasts: timedelta) -> None:
        """Set it going: a fast shutdown writes a checkpoint first, which may take a moment."""
        del change, lasts
        await self._supervisor.stop_one(NAME)

    async def renew(self, change: Change) -> None:
        """Raises LeaseLapsedError when somebody started it meanwhile."""
        del change
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
        for _ in range(_STARTS_WITHIN_POLLS):
            if await self._supervisor.start_one(NAME):
                return ""
            await asyncio.sleep(_POLL_SECONDS)
        return "PostgreSQL does not start yet"
