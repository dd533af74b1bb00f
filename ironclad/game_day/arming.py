"""One fault from its written undo to the proof that it is gone."""

import asyncio
from datetime import timedelta

from ironclad.domain.experiment import FaultKind
from ironclad.domain.faults import Tally
from ironclad.domain.plan import PlannedFault
from ironclad.domain.stack import Replica
from ironclad.domain.undo import FAULT_LEASE, LEDGER_LEASE, UndoAction, UndoEntry
from ironclad.errors import IroncladError, LeaseLapsedError
from ironclad.game_day.run import GameDay

GRACE = timedelta(seconds=30)
"""An entry's deadline lies this long behind the fault's planned end."""

UNDO_WITHIN_SECONDS = 8.0
"""Longer than a fault's lease: what cannot be told to stop has stopped by itself by then."""


def entry_id(day: GameDay, planned: PlannedFault) -> str:
    return f"{day.plan.run}-{planned.fault.id}"


async def arm(day: GameDay, planned: PlannedFault) -> None:
    """Write the undo down, then arm on every target. Raises what the first failing step raised."""
    now = day.tools.clock.now()
    entry = UndoEntry(
        id=entry_id(day, planned),
        run=day.plan.run,
        action=UndoAction.DISARM,
        targets=tuple(replica.name for replica in planned.targets),
        lease_until=now + LEDGER_LEASE,
        deadline=now + planned.fault.duration + GRACE,
        who=day.plan.who,
        why=day.plan.why or day.plan.experiment.hypothesis,
    )
    await day.tools.ledger.write(entry)
    await _arm_everywhere(day, planned)
    armed = day.journal.mark(f"{planned.fault.id} armed on {_names(planned)}")
    day.note(planned.fault.id, armed_at=armed)


async def _arm_everywhere(day: GameDay, planned: PlannedFault) -> None:
    """Wait for every answer before raising: none may arm after the undo has begun."""
    outcomes = await asyncio.gather(
        *(
            day.tools.faults.arm(replica, planned.fault, run=day.plan.run, lease=FAULT_LEASE)
            for replica in planned.targets
        ),
        return_exceptions=True,
    )
    for outcome in outcomes:
        if isinstance(outcome, BaseException):
            raise outcome


async def renew(day: GameDay, planned: PlannedFault) -> None:
    """Renew on every target; one that lapsed ends the run, one that is silent may come back."""
    outcomes = await asyncio.gather(
        *(
            day.tools.faults.renew(replica, planned.fault, run=day.plan.run, lease=FAULT_LEASE)
            for replica in planned.targets
        ),
        return_exceptions=True,
    )
    for replica, outcome in zip(planned.targets, outcomes, strict=True):
        if isinstance(outcome, LeaseLapsedError):
            day.note(planned.fault.id, lapsed=True, problem=str(outcome))
            day.abort("lease", f"{planned.fault.id} lapsed on {replica.name} while it was wanted")
        elif isinstance(outcome, IroncladError):
            day.note(planned.fault.id, problem=str(outcome))
        elif outcome is not None:
            raise outcome


async def renew_entry(day: GameDay, planned: PlannedFault) -> None:
    """End the run when the janitor has swept the entry: then nothing may stay armed."""
    until = day.tools.clock.now() + LEDGER_LEASE
    try:
        await day.tools.ledger.renew(entry_id(day, planned), until)
    except LeaseLapsedError as error:
        day.note(planned.fault.id, lapsed=True, problem=str(error))
        day.abort("lease", str(error))


async def close_entries(day: GameDay) -> None:
    """Strike what a silent replica kept open, once every replica was seen fault-free."""
    for planned in day.plan.faults:
        record = day.faults[planned.fault.id]
        if record.armed_at is not None and record.undone_at is None:
            await day.tools.ledger.strike(entry_id(day, planned))
            at = day.journal.mark(f"{planned.fault.id} seen to be gone", source="replica")
            day.note(planned.fault.id, undone_at=at)


async def disarm(day: GameDay, planned: PlannedFault) -> None:
    """Take the fault off every target, going on past each that fails, then strike the entry.

    Where a replica cannot be asked until the lease has run out, its entry stays for the janitor.
    """
    outcomes = await asyncio.gather(
        *(_disarm_one(day, planned, replica) for replica in planned.targets),
        return_exceptions=True,
    )
    tallies = [outcome for outcome in outcomes if isinstance(outcome, Tally)]
    failed = [str(outcome) for outcome in outcomes if isinstance(outcome, BaseException)]
    if tallies:
        day.note(
            planned.fault.id,
            seen=sum(tally.seen for tally in tallies),
            hit=sum(tally.hit for tally in tallies),
        )
    if failed:
        day.note(planned.fault.id, problem="; ".join(failed))
        day.journal.mark(f"{planned.fault.id} could not be taken off everywhere: {failed[0]}")
        return
    await day.tools.ledger.strike(entry_id(day, planned))
    day.note(planned.fault.id, undone_at=day.journal.mark(f"{planned.fault.id} undone everywhere"))


async def _disarm_one(day: GameDay, planned: PlannedFault, replica: Replica) -> Tally:
    """Ask until the replica answers or the fault's lease must have run out."""
    clock = day.tools.clock
    last = clock.monotonic() + UNDO_WITHIN_SECONDS
    while True:
        try:
            return await day.tools.faults.disarm(replica, planned.fault.id)
        except IroncladError:
            if clock.monotonic() >= last:
                raise
        await clock.sleep(0.2)


async def is_seen(day: GameDay, planned: PlannedFault) -> bool:
    """Has the fault shown an effect? By the load's own answers, else by the replica's own word."""
    if planned.fault.kind is FaultKind.NOT_READY:
        ready = await asyncio.gather(*(day.tools.faults.is_ready(r) for r in planned.targets))
        return not any(ready)
    if day.handle is None:
        return False
    return any(second.marked.get(planned.fault.id) for second in day.handle.seconds())


def _names(planned: PlannedFault) -> str:
    return ", ".join(replica.name for replica in planned.targets)
