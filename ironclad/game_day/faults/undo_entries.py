"""The undo entry of each fault: written before the fault is armed, removed when it is gone."""

from datetime import timedelta

from ironclad.concurrency import retry_until
from ironclad.domain.experiment.plan import PlannedFault
from ironclad.domain.stack.undo import LEDGER_LEASE
from ironclad.errors import IroncladError, LeaseLapsedError
from ironclad.game_day.run import GameDay

GRACE = timedelta(seconds=30)
"""An entry's deadline lies this long behind the fault's planned end."""

REMOVED_WITHIN_SECONDS = 8.0
"""How long the ledger is asked again when it does not answer."""


def entry_id(day: GameDay, planned: PlannedFault) -> str:
    return f"{day.plan.run}-{planned.fault.id}"


async def renew_entry(day: GameDay, planned: PlannedFault) -> bool:
    """Say whether it is renewed. A swept entry ends the run: nothing may stay armed then."""
    until = day.tools.clock.now() + LEDGER_LEASE
    try:
        await day.tools.ledger.renew(entry_id(day, planned), until)
    except IroncladError as error:
        recorder = day.recorder_of(planned)
        if isinstance(error, LeaseLapsedError):
            recorder.lapsed(str(error))
            day.status.abort("lease", str(error))
        else:
            recorder.failed(str(error))
        return False
    return True


async def remove_entry(
    day: GameDay, planned: PlannedFault, words: str, source: str = "ironclad"
) -> None:
    """An entry that cannot be removed stays and is reported: the janitor goes on trying."""
    ledger, name = day.tools.ledger, entry_id(day, planned)
    try:
        await retry_until(lambda: ledger.remove(name), day.tools.clock, REMOVED_WITHIN_SECONDS)
    except IroncladError as error:
        day.recorder_of(planned).failed(str(error))
        day.journal.admit(f"the undo entry {name} could not be removed: {error}")
        day.journal.mark(f"{planned.fault.id} {words}, but its entry is still in the ledger")
        return
    at = day.journal.mark(f"{planned.fault.id} {words}", source=source)
    day.recorder_of(planned).undone(at)


async def close_entries(day: GameDay) -> None:
    """Remove the entry of a silent replica, once every replica was seen fault-free."""
    for planned in day.plan.faults:
        record = day.recorder_of(planned).record
        if record.armed_at is not None and record.undone_at is None:
            await remove_entry(day, planned, "undone, as was seen by now", "replica")
