"""One fault from its written undo to the proof that it is gone, whichever family it is of."""

from dataclasses import dataclass

from ironclad.domain.experiment.plan import PlannedFault
from ironclad.domain.faults.spec import Ending, Family, FaultSpec, Scope
from ironclad.domain.stack.undo import LEDGER_LEASE, LEDGER_RENEW_EVERY
from ironclad.errors import LeaseLapsedError
from ironclad.game_day.faults.evictions import EvictedReplicas
from ironclad.game_day.faults.fault_runner import FaultAtWork
from ironclad.game_day.faults.leased import LeasedFault
from ironclad.game_day.faults.platform_change import LastingChange
from ironclad.game_day.faults.rolling_restart import RolledReplicas
from ironclad.game_day.faults.terminations import StruckReplicas
from ironclad.game_day.faults.undo_entries import renew_entry, strike_entry
from ironclad.game_day.run import GameDay

ENTRY_LOST = LEDGER_LEASE - LEDGER_RENEW_EVERY
"""The ledger may be away for so long; then the run ends before the janitor ends it."""


def fault_at_work(day: GameDay, planned: PlannedFault) -> FaultAtWork:
    return _runner(planned.fault.kind.spec)(day, planned)


def _runner(spec: FaultSpec) -> type[FaultAtWork]:
    match spec.family:
        case Family.REQUESTS | Family.QUERIES | Family.SWITCHES | Family.STRESSORS:
            return LeasedFault
        case Family.PLATFORM_CHANGES:
            return LastingChange
        case Family.TERMINATIONS if spec.ending is Ending.EVICTED:
            return EvictedReplicas
        case Family.TERMINATIONS if spec.scope is Scope.EVERY_REPLICA:
            return RolledReplicas
        case Family.TERMINATIONS:
            return StruckReplicas


@dataclass(slots=True)
class Injection:
    """A fault that is on, with the monotonic times of what it needs next."""

    day: GameDay
    work: FaultAtWork
    since: float
    entry_renewed: float
    seen: bool = False
    is_busy: bool = False
    """It is being armed or taken back, and nothing of it is renewed."""

    async def arm(self) -> None:
        """Write the undo down, then touch the targets. Raises what the first failing step raised.

        Raises LeaseLapsedError where the writing took so long that the entry may be swept by now.
        """
        clock, work = self.day.tools.clock, self.work
        began = clock.monotonic()
        await self.day.tools.ledger.write(await work.entry())
        if (took := clock.monotonic() - began) >= LEDGER_LEASE.total_seconds():
            raise LeaseLapsedError(
                f"{self.work.fault.id} is not armed: its undo entry took {took:.0f} s to write"
            )
        await work.begin()
        names = ", ".join(work.planned.target_names)
        work.recorder.armed(
            self.day.journal.mark(f"{self.work.fault.id} {work.manner.put_on} {names}")
        )

    async def keep(self) -> None:
        """Renew what would lapse. The run ends where its entry cannot be renewed for too long."""
        now = self.day.tools.clock.monotonic()
        await self.work.keep()
        age = now - self.entry_renewed
        if age < LEDGER_RENEW_EVERY.total_seconds():
            return
        if await renew_entry(self.day, self.work.planned):
            self.entry_renewed = now
        elif age >= ENTRY_LOST.total_seconds():
            reason = f"its undo entry could not be renewed for {age:.0f} s"
            self.day.status.abort("lease", reason)

    async def is_over(self) -> bool:
        """Look for its effect, or end the run for want of one; then see whether it is over."""
        if not self.seen:
            await self._look_for_effect()
        return self.seen and await self.work.is_over()

    async def _look_for_effect(self) -> None:
        work, day = self.work, self.day
        if await work.is_seen():
            self.seen = True
            mark = f"{self.work.fault.id} seen to work"
            work.recorder.seen(day.journal.mark(mark, source=work.source))
        elif day.tools.clock.monotonic() - self.since > work.seen_within_seconds:
            within = f"{work.seen_within_seconds:.0f} s"
            day.status.abort("dose", f"{self.work.fault.id} showed no effect within {within}")

    async def disarm(self) -> None:
        """Take it back and strike its entry; where it is not gone, that is left to the janitor."""
        if problem := await self.work.take_back():
            self.work.recorder.failed(problem)
            self.day.journal.mark(f"{self.work.fault.id} {self.work.manner.stuck}: {problem}")
        else:
            await strike_entry(self.day, self.work.planned, self.work.manner.undone)
