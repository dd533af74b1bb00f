"""Faults in the backend: a lease on each target, renewed for as long as they are wanted."""

import asyncio
from dataclasses import dataclass
from typing import ClassVar

from ironclad.domain.experiment import FaultKind
from ironclad.domain.faults import Tally
from ironclad.domain.plan import PlannedFault
from ironclad.domain.stack import Replica
from ironclad.domain.undo import FAULT_LEASE, RENEW_EVERY, UndoAction, UndoEntry
from ironclad.errors import IroncladError, LeaseLapsedError
from ironclad.game_day.entries import entry_for
from ironclad.game_day.families import Manner
from ironclad.game_day.run import GameDay
from ironclad.game_day.watch import PASS_SECONDS

UNDO_WITHIN_SECONDS = 8.0
"""Longer than a fault's lease: what cannot be told to stop has stopped by itself by then."""


@dataclass(slots=True)
class LeasedFault:
    """Satisfies `families.FaultAtWork`; `renewed` is a monotonic time."""

    manner: ClassVar[Manner] = Manner(
        put_on="armed on",
        undone="undone everywhere",
        stuck="could not be taken off everywhere",
        source="client",
        looked_at_every_seconds=PASS_SECONDS,
    )
    day: GameDay
    planned: PlannedFault
    renewed: float = 0.0

    @property
    def seen_within_seconds(self) -> float:
        return 5.0

    async def entry(self) -> UndoEntry:
        names = tuple(replica.name for replica in self.planned.targets)
        return entry_for(self.day, self.planned, UndoAction.DISARM, names)

    async def begin(self) -> None:
        """Wait for every answer before raising: none may arm after the undo has begun."""
        self.renewed = self.day.tools.clock.monotonic()
        fault, run, faults = self.planned.fault, self.day.plan.run, self.day.tools.faults
        outcomes = await asyncio.gather(
            *(faults.arm(each, fault, run=run, lease=FAULT_LEASE) for each in self.planned.targets),
            return_exceptions=True,
        )
        for outcome in outcomes:
            if isinstance(outcome, BaseException):
                raise outcome

    async def keep(self) -> None:
        now = self.day.tools.clock.monotonic()
        if now - self.renewed >= RENEW_EVERY.total_seconds() - PASS_SECONDS / 2:
            await self._renew()
            self.renewed = now

    async def _renew(self) -> None:
        """Renew on every target; one that lapsed ends the run, one that is silent may come back."""
        fault, run, faults = self.planned.fault, self.day.plan.run, self.day.tools.faults
        outcomes = await asyncio.gather(
            *(
                faults.renew(each, fault, run=run, lease=FAULT_LEASE)
                for each in self.planned.targets
            ),
            return_exceptions=True,
        )
        for replica, outcome in zip(self.planned.targets, outcomes, strict=True):
            if isinstance(outcome, LeaseLapsedError):
                self.day.note(fault.id, lapsed=True, problem=str(outcome))
                self.day.abort("lease", f"{fault.id} lapsed on {replica.name} while it was wanted")
            elif isinstance(outcome, IroncladError):
                self.day.note(fault.id, problem=str(outcome))
            elif outcome is not None:
                raise outcome

    async def is_seen(self) -> bool:
        """Take the load's own answers, else the replica's own word."""
        if self.planned.fault.kind is FaultKind.NOT_READY:
            faults = self.day.tools.faults
            ready = await asyncio.gather(*(faults.is_ready(r) for r in self.planned.targets))
            return not any(ready)
        if self.day.handle is None:
            return False
        return any(second.marked.get(self.planned.fault.id) for second in self.day.handle.seconds())

    async def is_over(self) -> bool:
        return False

    async def take_back(self) -> str:
        """Take it off every target, going on past each that fails.

        Where a replica cannot be asked until the lease has run out, the janitor has to.
        """
        outcomes = await asyncio.gather(
            *(self._disarm(replica) for replica in self.planned.targets), return_exceptions=True
        )
        if tallies := [outcome for outcome in outcomes if isinstance(outcome, Tally)]:
            self.day.note(
                self.planned.fault.id,
                seen=sum(tally.seen for tally in tallies),
                hit=sum(tally.hit for tally in tallies),
            )
        return "; ".join(str(each) for each in outcomes if isinstance(each, BaseException))

    async def _disarm(self, replica: Replica) -> Tally:
        """Ask until the replica answers or the fault's lease must have run out."""
        clock = self.day.tools.clock
        last = clock.monotonic() + UNDO_WITHIN_SECONDS
        while True:
            try:
                return await self.day.tools.faults.disarm(replica, self.planned.fault.id)
            except IroncladError:
                if clock.monotonic() >= last:
                    raise
            await clock.sleep(0.2)
