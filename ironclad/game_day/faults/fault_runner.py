"""One fault from its written undo to the proof that it is gone, whichever family it is of."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar

from ironclad.domain.experiment.experiment import Fault
from ironclad.domain.experiment.plan import PlannedFault
from ironclad.domain.stack.undo import (
    LEDGER_LEASE,
    LEDGER_RENEW_EVERY,
    Change,
    UndoAction,
    UndoEntry,
)
from ironclad.errors import LeaseLapsedError
from ironclad.game_day.faults.recorder import FaultRecorder
from ironclad.game_day.faults.undo_entries import GRACE, entry_id, remove_entry, renew_entry
from ironclad.game_day.run import GameDay

ENTRY_LOST = LEDGER_LEASE - LEDGER_RENEW_EVERY
"""The ledger may be away for so long; then the run ends before the janitor ends it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """How a family is looked at and spoken of; what stands in the journal begins with these words.

    `source` is who tells of its effect and of its end.
    """

    put_on: str
    undone: str
    stuck: str
    source: str
    looked_at_every_seconds: float


@dataclass(slots=True)
class FaultAtWork(ABC):
    """One planned fault; a family says how it is begun, kept, seen and taken back.

    `since` and `entry_renewed` are monotonic times.
    """

    manner: ClassVar[Manner]
    day: GameDay
    planned: PlannedFault
    since: float = 0.0
    entry_renewed: float = 0.0
    seen: bool = False
    is_busy: bool = False
    """It is being armed or taken back, and nothing of it is renewed."""

    @property
    def fault(self) -> Fault:
        return self.planned.fault

    @property
    def recorder(self) -> FaultRecorder:
        return self.day.recorder_of(self.planned)

    @property
    def source(self) -> str:
        return self.manner.source

    @property
    def seen_within_seconds(self) -> float:
        """Without an effect by then, the dose is not what was asked for."""
        return self.fault.kind.spec.seen_within.total_seconds()

    @abstractmethod
    async def entry(self) -> UndoEntry:
        """Say how to take it back, before anything is touched."""

    def _entry(
        self, action: UndoAction, targets: tuple[str, ...], change: Change | None = None
    ) -> UndoEntry:
        now, plan = self.day.tools.clock.now(), self.day.plan
        return UndoEntry(
            id=entry_id(self.day, self.planned),
            run=plan.run,
            action=action,
            targets=targets,
            lease_until=now + LEDGER_LEASE,
            deadline=now + self.fault.duration + GRACE,
            who=plan.who,
            why=plan.why or plan.experiment.hypothesis,
            change=change,
        )

    @abstractmethod
    async def begin(self) -> None:
        """Put it on every target. Raises what the first failing step raised."""

    @abstractmethod
    async def keep(self) -> None:
        """Renew what would lapse; called in every pass of the guard."""

    @abstractmethod
    async def has_effect(self) -> bool:
        """Has it shown an effect?"""

    async def is_over(self) -> bool:
        """Has it ended by itself before its time is up?"""
        return False

    @abstractmethod
    async def take_back(self) -> str:
        """Take it off; bounded. Gives why it is not known to be gone everywhere, or nothing."""

    async def arm(self) -> None:
        """Write the undo down, then touch the targets. Raises what the first failing step raised.

        Raises LeaseLapsedError where the writing took so long that the entry may be swept by now.
        """
        clock, name = self.day.tools.clock, self.fault.id
        self.since = self.entry_renewed = clock.monotonic()
        await self.day.tools.ledger.write(await self.entry())
        if (took := clock.monotonic() - self.since) >= LEDGER_LEASE.total_seconds():
            raise LeaseLapsedError(
                f"{name} is not armed: its undo entry took {took:.0f} s to write"
            )
        await self.begin()
        refused = self.recorder.record.refused
        targets = ", ".join(each for each in self.planned.target_names if each not in refused)
        mark = f"{name} {self.manner.put_on} {targets or 'no replica'}"
        self.recorder.armed(self.day.journal.mark(mark))

    async def renew(self) -> None:
        """Keep it and its entry. The run ends where that cannot be renewed for too long."""
        now = self.day.tools.clock.monotonic()
        await self.keep()
        age = now - self.entry_renewed
        if age < LEDGER_RENEW_EVERY.total_seconds():
            return
        if await renew_entry(self.day, self.planned):
            self.entry_renewed = now
        elif age >= ENTRY_LOST.total_seconds():
            reason = f"its undo entry could not be renewed for {age:.0f} s"
            self.day.status.abort("lease", reason)

    async def has_ended(self) -> bool:
        """Look for its effect, or end the run for want of one; then see whether it is over."""
        if not self.seen:
            await self._look_for_effect()
        return self.seen and await self.is_over()

    async def _look_for_effect(self) -> None:
        day, name, within = self.day, self.fault.id, self.seen_within_seconds
        if await self.has_effect():
            self.seen = True
            self.recorder.seen(day.journal.mark(f"{name} seen to work", source=self.source))
        elif day.tools.clock.monotonic() - self.since > within:
            day.status.abort("dose", f"{name} showed no effect within {within:.0f} s")

    async def disarm(self) -> None:
        """Take it back and remove its entry; where it is not gone, that is left to the janitor."""
        if problem := await self.take_back():
            self.recorder.failed(problem)
            self.day.journal.mark(f"{self.fault.id} {self.manner.stuck}: {problem}")
        else:
            await remove_entry(self.day, self.planned, self.manner.undone)
