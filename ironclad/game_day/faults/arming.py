"""One fault from its written undo to the proof that it is gone, whichever family it is of."""

from collections.abc import Callable

from ironclad.domain.experiment.experiment import FaultKind
from ironclad.domain.experiment.plan import PlannedFault
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

_FAMILIES: dict[FaultKind, Callable[[GameDay, PlannedFault], FaultAtWork]] = {
    FaultKind.EVICT: EvictedReplicas,
    FaultKind.ROLLING_RESTART: RolledReplicas,
}


def fault_at_work(day: GameDay, planned: PlannedFault) -> FaultAtWork:
    kind = planned.fault.kind
    if kind in _FAMILIES:
        return _FAMILIES[kind](day, planned)
    if kind.changes_platform:
        return LastingChange(day, planned)
    return StruckReplicas(day, planned) if kind.is_instant else LeasedFault(day, planned)


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
    names = ", ".join(replica.name for replica in work.planned.targets)
    armed = day.journal.mark(f"{work.planned.fault.id} {work.manner.put_on} {names}")
    day.note(work.planned.fault.id, armed_at=armed)


async def disarm(day: GameDay, work: FaultAtWork) -> None:
    """Take it back and strike its entry; what is not gone everywhere leaves that to the janitor."""
    fault = work.planned.fault
    if problem := await work.take_back():
        day.note(fault.id, problem=problem)
        day.journal.mark(f"{fault.id} {work.manner.stuck}: {problem}")
    else:
        await strike_entry(day, work.planned, work.manner.undone)
