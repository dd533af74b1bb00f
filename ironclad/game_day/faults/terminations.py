"""Faults of the platform that end replicas: an instant, and the platform brings the next ones.

There is nothing to take off. The undo is to wait, for a bounded time, until the platform has all
its replicas back and ready. Where that takes longer, the ledger's entry stays for the janitor.
"""

import asyncio
from dataclasses import dataclass, field
from typing import ClassVar

from ironclad.domain.stack.stack import Replica
from ironclad.domain.stack.undo import FAULT_LEASE, Change, UndoAction, UndoEntry
from ironclad.errors import IroncladError
from ironclad.game_day.faults.fault_runner import FaultAtWork, Manner
from ironclad.undo.sweeping import what_is_missing

LOOK_SECONDS = 0.25
BACK_WITHIN_SECONDS = 8.0
"""How long an early end waits for what was ended; a run that a person ends must end soon."""


@dataclass(slots=True)
class TerminatedReplicas(FaultAtWork):
    """`lives` are those before the termination, by replica."""

    manner: ClassVar[Manner] = Manner(
        put_on="terminated",
        undone="undone: every replica is back and ready",
        stuck="is not undone",
        source="platform",
        looked_at_every_seconds=LOOK_SECONDS,
    )
    lives: dict[str, str] = field(default_factory=dict)
    ends_at: float = 0.0
    is_effective: bool = False

    async def entry(self) -> UndoEntry:
        """Name every replica: so many have to be there again, whatever they are called then."""
        names = tuple(replica.name for replica in self.day.plan.replicas)
        return self._entry(UndoAction.AWAIT_REPLICAS, names, self._change)

    @property
    def _change(self) -> Change:
        """What the platform gave up has to be started again."""
        return Change(kind=self.fault.kind, targets=self.planned.target_names)

    async def begin(self) -> None:
        tools, fault = self.day.tools, self.fault
        self.ends_at = tools.clock.monotonic() + fault.duration.total_seconds()
        self.lives = await self._lives()
        await self._terminate()

    async def _terminate(self) -> None:
        """Wait for every answer before raising: none may be ended after the undo has begun."""
        outcomes = await asyncio.gather(
            *(self._hit(each) for each in self.planned.targets), return_exceptions=True
        )
        for outcome in outcomes:
            if outcome is not None:
                raise outcome

    async def _hit(self, replica: Replica) -> None:
        """A crash is the replica's own doing, through its control routes."""
        tools, fault = self.day.tools, self.fault
        if fault.kind.spec.in_backend:
            await tools.faults.arm(replica, fault, run=self.day.plan.run, lease=FAULT_LEASE)
        else:
            await tools.replica_faults.terminate(replica, fault.kind)

    async def keep(self) -> None:
        """Do nothing: what has happened needs no lease."""

    async def has_effect(self) -> bool:
        """Is the life that each target led before over? No, while the platform does not say."""
        try:
            lives = await self._lives()
        except IroncladError as error:
            self.recorder.failed(str(error))
            return False
        self.is_effective = self._shows(
            {n for n, before in self.lives.items() if lives[n] != before}
        )
        return self.is_effective

    def _shows(self, ended: set[str]) -> bool:
        """Every target must have ended."""
        return ended >= self.lives.keys()

    async def _lives(self) -> dict[str, str]:
        faults, targets = self.day.tools.replica_faults, self.planned.targets
        lives = await asyncio.gather(*(faults.life(replica) for replica in targets))
        return dict(zip(self.planned.target_names, lives, strict=True))

    async def is_over(self) -> bool:
        return self.is_effective and not await self._problem()

    async def take_back(self) -> str:
        """Look once more when the time is up; an early end waits a little."""
        tools, clock = self.day.tools, self.day.tools.clock
        await tools.changes.restore(self._change)
        is_early = clock.monotonic() < self.ends_at
        last = clock.monotonic() + (BACK_WITHIN_SECONDS if is_early else 0.0)
        while (problem := await self._problem()) and clock.monotonic() < last:
            await clock.sleep(LOOK_SECONDS)
        return problem

    async def _problem(self) -> str:
        """Say what is missing, and note it as overdue where that is seen too late."""
        tools, wanted = self.day.tools, len(self.day.plan.replicas)
        try:
            missing = await self._still_away()
            missing = missing or await what_is_missing(tools.platform, tools.faults, wanted)
        except IroncladError as error:
            return f"whether every replica is back is not known: {error}"
        if missing and tools.clock.monotonic() >= self.ends_at:
            self.recorder.overdue()
        return missing

    async def _still_away(self) -> str:
        """The database is none of the replicas, which may not have noticed yet that it is gone."""
        if not self.fault.kind.spec.is_on_database:
            return ""
        away = [name for name, life in (await self._lives()).items() if not life]
        return f"not running: {', '.join(away)}" if away else ""
