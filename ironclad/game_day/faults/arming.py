"""One fault from its written undo to the proof that it is gone, whichever family it is of."""

from ironclad.domain.experiment.plan import PlannedFault
from ironclad.domain.faults.spec import Ending, Family, Scope
from ironclad.domain.stack.undo import LEDGER_LEASE
from ironclad.errors import LeaseLapsedError
from ironclad.game_day.faults.evictions import EvictedReplicas
from ironclad.game_day.faults.fault_runner import FaultAtWork
from ironclad.game_day.faults.leased import LeasedFault
from ironclad.game_day.faults.platform_change import LastingChange
from ironclad.game_day.faults.rolling_restart import RolledReplicas
from ironclad.game_day.faults.terminations import StruckReplicas
from ironclad.game_day.faults.undo_entries import strike_entry
from ironclad.game_day.run import GameDay


def fault_at_work(day: GameDay, planned: PlannedFault) -> FaultAtWork:
    match planned.fault.kind.spec.family:
        case Family.REQUESTS | Family.QUERIES | Family.SWITCHES | Family.STRESSORS:
            return LeasedFault(day, planned, day.faults[planned.fault.id])
        case Family.TERMINATIONS:
            return _termination(day, planned)
        case Family.PLATFORM_CHANGES:
            return LastingChange(day, planned, day.faults[planned.fault.id])


def _termination(day: GameDay, planned: PlannedFault) -> FaultAtWork:
    spec, recorder = planned.fault.kind.spec, day.faults[planned.fault.id]
    if spec.ending is Ending.EVICTED:
        return EvictedReplicas(day, planned, recorder)
    if spec.scope is Scope.EVERY_REPLICA:
        return RolledReplicas(day, planned, recorder)
    return StruckReplicas(day, planned, recorder)


async def arm(day: GameDay, work: FaultAtWork) -> None:
    """Write the undo down, then touch the targets. Raises what the first failing step raised.

    Raises LeaseLapsedError where the writing took so long that the entry may be swept by now.
    """
    clock = day.tools.clock
    began = clock.monotonic()
    await day.tools.ledger.write(await work.entry())
    if (took := clock.monotonic() - began) >= LEDGER_LEASE.total_seconds():
        raise LeaseLapsedError(
            f"{work.planned.fault.id} is not armed: its undo entry took {took:.0f} s to write"
        )
    await work.begin()
    names = ", ".join(work.planned.target_names)
    armed = day.journal.mark(f"{work.planned.fault.id} {work.manner.put_on} {names}")
    work.recorder.armed(armed)


async def disarm(day: GameDay, work: FaultAtWork) -> None:
    """Take it back and strike its entry; what is not gone everywhere leaves that to the janitor."""
    fault = work.planned.fault
    if problem := await work.take_back():
        work.recorder.failed(problem)
        day.journal.mark(f"{fault.id} {work.manner.stuck}: {problem}")
    else:
        await strike_entry(day, work.planned, work.manner.undone)
