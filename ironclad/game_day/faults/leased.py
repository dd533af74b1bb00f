"""Faults in the backend: a connection held to each target, and a lease that is renewed.

A target that another fault of the plan ended takes this one with it. That is as planned, and what
it did until then counts. Any other end before its time ends the game day.
"""

import asyncio
from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar

from ironclad.domain.faults.fault import Tally
from ironclad.domain.stack.stack import Replica
from ironclad.domain.stack.undo import RENEW_EVERY, UndoAction, UndoEntry
from ironclad.errors import IroncladError, LeaseLapsedError
from ironclad.game_day.faults.attached import Attachments
from ironclad.game_day.faults.effect import FaultWithEffect
from ironclad.game_day.faults.fault_runner import Manner
from ironclad.game_day.guard import PASS_SECONDS

UNDO_WITHIN_SECONDS = 10.0
"""Longer than a fault's lease: a fault out of reach has ended by itself by then."""


@dataclass(slots=True)
class LeasedFault(FaultWithEffect):
    """`renewed`, and by replica `last_answer`, are monotonic times; the plan ended `cut` targets.

    `tallies` are the last word of each target.
    """

    manner: ClassVar[Manner] = Manner(
        put_on="armed on",
        undone="undone everywhere",
        stuck="could not be taken off everywhere",
        source="client",
        looked_at_every_seconds=PASS_SECONDS,
    )
    attachments: Attachments = field(init=False)
    renewed: float = 0.0
    last_answer: dict[str, float] = field(default_factory=dict)
    tallies: dict[str, Tally] = field(default_factory=dict)
    cut: dict[str, datetime] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.attachments = Attachments(self.day, self.planned)

    @property
    def _live(self) -> tuple[Replica, ...]:
        return tuple(each for each in self.planned.targets if each.name not in self.cut)

    async def entry(self) -> UndoEntry:
        return self._entry(UndoAction.DISARM, self.planned.target_names)

    async def begin(self) -> None:
        """Wait for every answer before raising: none may arm after the undo has begun."""
        self.renewed = self.day.tools.clock.monotonic()
        self.last_answer = dict.fromkeys(self.planned.target_names, self.renewed)
        outcomes = await asyncio.gather(
            *(self._arm(each) for each in self.planned.targets), return_exceptions=True
        )
        for outcome in outcomes:
            if isinstance(outcome, BaseException):
                raise outcome
        self.attachments.tell_of_those_without()

    async def _arm(self, replica: Replica) -> None:
        """A target that does not answer keeps none of the others from its fault."""
        await self.attachments.attach(replica)
        await self.day.tools.faults.arm(
            replica,
            self.fault,
            run=self.day.plan.run,
            lease=self.attachments.lease(replica),
            attached=self.attachments.bound(replica),
        )

    async def keep(self) -> None:
        self.attachments.tell()
        now = self.day.tools.clock.monotonic()
        if now - self.renewed >= RENEW_EVERY.total_seconds() - PASS_SECONDS / 2:
            await self._renew()
            self.renewed = now

    async def _renew(self) -> None:
        live = self._live
        outcomes = await asyncio.gather(
            *(self._renew_on(each) for each in live), return_exceptions=True
        )
        for replica, outcome in zip(live, outcomes, strict=True):
            if isinstance(outcome, Tally):
                self._check_tally(replica, outcome)
            elif isinstance(outcome, IroncladError):
                self._check_absence(replica, outcome)
            else:
                raise outcome

    async def _renew_on(self, replica: Replica) -> Tally:
        return await self.day.tools.faults.renew(
            replica,
            self.fault,
            run=self.day.plan.run,
            lease=self.attachments.lease(replica),
            attached=self.attachments.bound(replica),
        )

    def _check_tally(self, replica: Replica, tally: Tally) -> None:
        self.last_answer[replica.name] = self.day.tools.clock.monotonic()
        self.tallies[replica.name] = tally
        if tally.stressor is not None and not tally.stressor.is_alive:
            self._ended(replica, "its process ended by itself")

    def _check_absence(self, replica: Replica, error: IroncladError) -> None:
        """One that is silent may come back, until its lease must have run out."""
        silent = self.day.tools.clock.monotonic() - self.last_answer[replica.name]
        if self._is_cut(replica):
            return
        lease = self.attachments.lease(replica)
        if isinstance(error, LeaseLapsedError) or silent >= lease.total_seconds():
            self._ended(replica, str(error))
        else:
            self.recorder.failed(str(error))

    def _ended(self, replica: Replica, why: str) -> None:
        fault = self.fault
        self.recorder.lapsed(why)
        self.day.status.abort("lease", f"{fault.id} lapsed on {replica.name} while it was wanted")

    def _is_cut(self, replica: Replica) -> bool:
        """Did another fault of this plan end the process while this one was armed on it?"""
        since = self.recorder.record.armed_at
        for other in self.day.plan.faults:
            record = self.day.faults[other.fault.id].record
            is_end = other.fault.kind.spec.ends_replicas and replica.name in record.targets
            if is_end and since is not None and record.armed_at and record.armed_at >= since:
                self.cut[replica.name] = record.armed_at
                self.day.journal.mark(
                    f"{self.fault.id} ended on {replica.name}, as {other.fault.id} ended it"
                )
                return True
        return False

    async def is_over(self) -> bool:
        """Only when no target is left."""
        return not self._live

    async def take_back(self) -> str:
        """Take it off every target, going on past each that fails, and only then detach.

        Where a replica cannot be asked until the lease has run out, the janitor has to.
        """
        live = self._live
        try:
            outcomes = await asyncio.gather(*(self._disarm(each) for each in live))
        finally:
            await self.attachments.close()
        self.recorder.counted(self.tallies.values(), self.cut)
        return "; ".join(problem for problem in outcomes if problem)

    async def _disarm(self, replica: Replica) -> str:
        """Ask until the replica answers or the fault's lease must have run out; gives why not."""
        clock = self.day.tools.clock
        last = clock.monotonic() + UNDO_WITHIN_SECONDS
        while True:
            try:
                tally = await self.day.tools.faults.disarm(replica, self.fault.id)
            except IroncladError as error:
                if self._is_cut(replica):
                    return ""
                if clock.monotonic() >= last:
                    return str(error)
            else:
                return self._taken_off(replica, tally)
            await clock.sleep(0.2)

    def _taken_off(self, replica: Replica, tally: Tally) -> str:
        """What was not there any more had ended before its time."""
        if tally.removed:
            self.tallies[replica.name] = tally
        is_at_work = tally.stressor is None or tally.stressor.is_alive
        is_recorded = self.recorder.record.lapsed
        if not (tally.removed and is_at_work) and not is_recorded and not self._is_cut(replica):
            why = f"it had ended on {replica.name} when it was taken off"
            self.recorder.lapsed(why)
        return ""
