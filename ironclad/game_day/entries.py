"""The written-down undo of each fault: there before the fault is, struck when that is gone."""

from datetime import timedelta

from ironclad.domain.plan import PlannedFault
from ironclad.domain.undo import LEDGER_LEASE, UndoAction, UndoEntry
from ironclad.errors import LeaseLapsedError
from ironclad.game_day.run import GameDay

GRACE = timedelta(seconds=30)
"""An entry's deadline lies this long behind the fault's planned end."""


def entry_id(day: GameDay, planned: PlannedFault) -> str:
    return f"{day.plan.run}-{planned.fault.id}"


def entry_for(
    day: GameDay, planned: PlannedFault, action: UndoAction, targets: tuple[str, ...]
) -> UndoEntry:
    now = day.tools.clock.now()
    return UndoEntry(
        id=entry_id(day, planned),
        run=day.plan.run,
        action=action,
        targets=targets,
        lease_until=now + LEDGER_LEASE,
        deadline=now + planned.fault.duration + GRACE,
        who=day.plan.who,
        why=day.plan.why or day.plan.experiment.hypothesis,
    )


async def renew_entry(day: GameDay, planned: PlannedFault) -> None:
    """End the run when the janitor has swept the entry: then nothing may stay armed."""
    until = day.tools.clock.now() + LEDGER_LEASE
    try:
        await day.tools.ledger.renew(entry_id(day, planned), until)
    except LeaseLapsedError as error:
        day.note(planned.fault.id, lapsed=True, problem=str(error))
        day.abort("lease", str(error))


async def strike_entry(
    day: GameDay, planned: PlannedFault, words: str, source: str = "ironclad"
) -> None:
    await day.tools.ledger.strike(entry_id(day, planned))
    at = day.journal.mark(f"{planned.fault.id} {words}", source=source)
    day.note(planned.fault.id, undone_at=at)


async def close_entries(day: GameDay) -> None:
    """Strike what a silent replica kept open, once every replica was seen fault-free."""
    for planned in day.plan.faults:
        record = day.faults[planned.fault.id]
        if record.armed_at is not None and record.undone_at is None:
            await strike_entry(day, planned, "undone, as was seen by now", "replica")
