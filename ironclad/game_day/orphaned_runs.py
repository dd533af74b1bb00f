"""The reports of game days whose runner died."""

import logging
from collections.abc import Sequence

from ironclad.domain.stack.stack import Endpoints
from ironclad.domain.stack.undo import LockHolder
from ironclad.errors import IroncladError
from ironclad.game_day.toolbox import Toolbox

log = logging.getLogger("ironclad")


async def look_for_dead_runs(tools: Toolbox) -> LockHolder | None:
    """Finalize every run on this machine but the one that holds the stack, and give its holder."""
    # Asked before the lock: a run that begins now is not among them.
    open_runs, holder = await tools.runs.unfinished(), await tools.lock.holder()
    dead = [run for run in open_runs if holder is None or holder.run != run]
    await finalize_dead_runs(tools, dead)
    return holder


async def finalize_dead_runs(tools: Toolbox, runs: Sequence[str]) -> None:
    """Write the reports of runs whose runner died.

    A janitor elsewhere does not see the files of this machine.
    """
    for run in runs:
        try:
            if await tools.runs.finalize(run):
                await _clear_orders(tools, run)
        except IroncladError:
            log.exception("could not write the report of %s, whose runner had died", run)


async def _clear_orders(tools: Toolbox, run: str) -> None:
    try:
        await tools.watchers(Endpoints()).orders.clear(run)
    except IroncladError as error:
        log.warning("the orders of %s, whose runner had died, are not deleted: %s", run, error)
