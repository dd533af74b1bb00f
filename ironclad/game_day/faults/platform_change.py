"""Faults of the platform that last: a change that is written down, made, held and restored."""

import asyncio
from dataclasses import dataclass
from typing import ClassVar

from ironclad.domain.stack.stack import Replica
from ironclad.domain.stack.undo import RENEW_EVERY, Change, UndoAction, UndoEntry
from ironclad.errors import IroncladError, LeaseLapsedError
from ironclad.game_day.faults.fault_runner import FaultAtWork, Manner
from ironclad.game_day.guard import PASS_SECONDS
from ironclad.game_day.sources.platform_state import present_replicas

LOOK_SECONDS = 0.5
READY_WITHIN_SECONDS = 2.0
"""A replica that stands still as well must not keep the guard from its rounds."""

RESTORED_WITHIN_SECONDS = 4.0
"""Shorter than the load's lease: a healthy load must not end for want of a guard."""


@dataclass(slots=True)
class PlatformChangeFault(FaultAtWork):
    """`renewed` is a monotonic time."""

    manner: ClassVar[Manner] = Manner(
        put_on="changed",
        undone="undone: the platform is as it was",
        stuck="is not undone",
        source="platform",
        looked_at_every_seconds=LOOK_SECONDS,
    )
    change: Change | None = None
    renewed: float = 0.0

    async def entry(self) -> UndoEntry:
        """Look at the platform first: what is not known cannot be restored."""
        before = self.day.tools.changes.before
        self.change = await before(self.fault.kind, self.planned.targets)
        return self._entry(UndoAction.RESTORE, self.change.targets, self.change)

    async def begin(self) -> None:
        self.renewed = self.day.tools.clock.monotonic()
        await self.day.tools.changes.make(self._written, self.fault.duration)

    @property
    def _written(self) -> Change:
        if self.change is None:
            raise RuntimeError("a change is made only after it was written down")
        return self.change

    async def keep(self) -> None:
        now = self.day.tools.clock.monotonic()
        if now - self.renewed < RENEW_EVERY.total_seconds() - PASS_SECONDS / 2:
            return
        try:
            await self.day.tools.changes.renew(self._written)
            self.renewed = now
        except LeaseLapsedError as error:
            self.recorder.lapsed(str(error))
            self.day.status.abort("lease", f"{self.fault.id}: {error}")
        except IroncladError as error:
            self.recorder.failed(str(error))

    async def has_effect(self) -> bool:
        """Take the platform's word, and of the database the replicas' own: none can serve."""
        try:
            if not await self.day.tools.changes.is_made(self._written):
                return False
        except IroncladError as error:
            self.recorder.failed(str(error))
            return False
        return not self.fault.kind.spec.is_on_database or await self._none_is_ready()

    async def _none_is_ready(self) -> bool:
        replicas = await present_replicas(self.day)
        return not any(await asyncio.gather(*(self._is_ready(each) for each in replicas)))

    async def _is_ready(self, replica: Replica) -> bool:
        try:
            async with asyncio.timeout(READY_WITHIN_SECONDS):
                return await self.day.tools.faults.is_ready(replica)
        except TimeoutError:
            return False

    async def take_back(self) -> str:
        """Try for a while; what the platform does not take back then is the janitor's."""
        if self.change is None:
            return ""
        clock = self.day.tools.clock
        last = clock.monotonic() + RESTORED_WITHIN_SECONDS
        while (
            problem := await self.day.tools.changes.restore(self.change)
        ) and clock.monotonic() < last:
            await clock.sleep(LOOK_SECONDS)
        return problem
