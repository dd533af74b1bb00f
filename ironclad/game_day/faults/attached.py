"""The connections that one fault is bound to, one for each target."""

import asyncio
from dataclasses import dataclass, field
from datetime import timedelta

from ironclad.domain.experiment.plan import PlannedFault
from ironclad.domain.stack.stack import Replica
from ironclad.domain.stack.undo import ATTACHED_LEASE, FAULT_LEASE
from ironclad.game_day.faults.undo_entries import GRACE
from ironclad.game_day.run import GameDay
from ironclad.ports import Attachment

_AT_MOST = timedelta(days=1)
"""What a replica takes at most."""


@dataclass(slots=True)
class Attachments:
    day: GameDay
    planned: PlannedFault
    held: dict[str, Attachment] = field(default_factory=dict)

    async def attach(self, replica: Replica) -> None:
        held = await self.day.tools.faults.attach(replica, self.day.plan.run)
        if held is not None:
            self.held[replica.name] = held

    def lease(self, replica: Replica) -> timedelta:
        return ATTACHED_LEASE if replica.name in self.held else FAULT_LEASE

    def bound(self, replica: Replica) -> timedelta | None:
        """Give its absolute end, counted from its arming; None where it is not attached."""
        end = min(self.planned.fault.duration + GRACE, _AT_MOST)
        return end if replica.name in self.held else None

    def tell(self) -> None:
        for attachment in self.held.values():
            for mark in attachment.news():
                self.day.journal.mark(mark.mark, source=mark.source, at=mark.at)

    async def close(self) -> None:
        await asyncio.gather(*(each.close() for each in self.held.values()))
        self.tell()
        self.held.clear()

    def tell_of_those_without(self) -> None:
        names = [each for each in self.planned.target_names if each not in self.held]
        if names:
            seconds = FAULT_LEASE.total_seconds()
            self.day.journal.mark(
                f"{self.planned.fault.id} has a lease of {seconds:g} s alone on {', '.join(names)}:"
                " this version of the service holds no connection"
            )
