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

    async def open(self) -> None:
        """Attach to every target before raising what the first failing one raised."""
        faults, run, targets = self.day.tools.faults, self.day.plan.run, self.planned.targets
        outcomes = await asyncio.gather(
            *(faults.attach(each, run) for each in targets), return_exceptions=True
        )
        for replica, outcome in zip(targets, outcomes, strict=True):
            if outcome is not None and not isinstance(outcome, BaseException):
                self.held[replica.name] = outcome
        for outcome in outcomes:
            if isinstance(outcome, BaseException):
                raise outcome
        self._tell_of_those_without()

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

    def _tell_of_those_without(self) -> None:
        names = [each for each in self.planned.target_names if each not in self.held]
        if names:
            seconds = FAULT_LEASE.total_seconds()
            self.day.journal.mark(
                f"{self.planned.fault.id} has a lease of {seconds:g} s alone on {', '.join(names)}:"
                " this version of the service holds no connection"
            )
