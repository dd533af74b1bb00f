"""Ending game days from outside, and confirming that they have ended."""

from datetime import timedelta

from ironclad.domain.stack.kept_setting import Halt
from ironclad.domain.stack.stack import StackRef
from ironclad.domain.stack.undo import LockHolder
from ironclad.game_day.toolbox import Toolbox
from ironclad.settings import settings
from ironclad.undo.fault_free import FAULT_FREE_WITHIN, FaultFree, until_fault_free
from ironclad.wiring.stack import open_toolbox, sweeper
from ironclad.wiring.target import ANY, StackTarget

LISTENED_WITHIN = timedelta(seconds=3)
"""Two passes of a guard, and what it takes to undo."""


async def halt(ref: StackRef, why: str, target: StackTarget = ANY) -> FaultFree:
    """Turn the red switch on, and wait until every fault is seen to be off.

    Runners that listen undo by themselves. After a moment this does it for the others, so that it
    does not rest on a janitor.
    """
    async with open_toolbox(ref, target) as tools:
        since = tools.clock.now()
        await tools.halt.turn_on(Halt(who=settings().person, why=why, since=since))
        first = await _fault_free(tools, LISTENED_WITHIN)
        if not first.remaining:
            return first
        await sweeper(tools).disarm_all()
        await sweeper(tools).sweep(everything=True)
        then = await _fault_free(tools)
        return FaultFree(then.remaining, first.waited_seconds + then.waited_seconds)


async def end_halt(ref: StackRef, target: StackTarget = ANY) -> Halt | None:
    """Give what was on; None when it was off already."""
    async with open_toolbox(ref, target) as tools:
        return await tools.halt.turn_off()


async def halt_of(ref: StackRef) -> Halt | None:
    async with open_toolbox(ref) as tools:
        return await tools.halt.state()


async def abort(ref: StackRef) -> tuple[LockHolder, FaultFree] | None:
    """Ask the running game day to end, and wait until every fault is off; None without one."""
    async with open_toolbox(ref) as tools:
        holder = await tools.lock.holder()
        if holder is None or not holder.is_game_day:
            return None
        holder = await tools.lock.request_abort(settings().person)
        return None if holder is None else (holder, await _fault_free(tools))


async def _fault_free(tools: Toolbox, within: timedelta = FAULT_FREE_WITHIN) -> FaultFree:
    return await until_fault_free(
        tools.platform, tools.faults, tools.ledger, tools.clock, within=within
    )
