"""One stack's tools, on whichever platform it lives; and how game days on it are ended."""

from collections.abc import AsyncIterator
from contextlib import (
    AbstractAsyncContextManager,
    asynccontextmanager,
    suppress,
)
from datetime import timedelta
from typing import TYPE_CHECKING

from ironclad.domain.stack.kept_setting import Halt
from ironclad.domain.stack.stack import STAGES, Endpoints, StackRef
from ironclad.domain.stack.undo import LockHolder
from ironclad.errors import BusyError, IroncladError, StateError
from ironclad.game_day.toolbox import Toolbox
from ironclad.settings import settings
from ironclad.undo.fault_free import FAULT_FREE_WITHIN, FaultFree, until_fault_free
from ironclad.wiring.listing import stacks_here
from ironclad.wiring.platforms.opener import JanitorPlace, opener
from ironclad.wiring.target import ANY, StackTarget

if TYPE_CHECKING:
    from ironclad.domain.experiment.plan import Plan
    from ironclad.undo.rounds import Janitor
    from ironclad.undo.sweeping import Sweeper


def open_toolbox(ref: StackRef, target: StackTarget = ANY) -> AbstractAsyncContextManager[Toolbox]:
    """Give the tools for one stack; they close with it."""
    return opener(ref.platform).open_toolbox(ref, target)


@asynccontextmanager
async def held(ref: StackRef, *, purpose: str, target: StackTarget = ANY) -> AsyncIterator[None]:
    """Hold the stack's lock. Raises BusyError that names who has it."""
    from ironclad.game_day.planning.making import run_id

    async with open_toolbox(ref, target) as tools:
        run = run_id(purpose, tools.clock.now())
        async with tools.lock.held(run, purpose, person()):
            yield


def person() -> str:
    return settings().person


def sweeper(tools: Toolbox) -> "Sweeper":
    from ironclad.undo.sweeping import Sweeper

    return Sweeper(
        platform=tools.platform,
        ledger=tools.ledger,
        faults=tools.faults,
        changes=tools.changes,
        clock=tools.clock,
    )


def janitor_place(ref: StackRef) -> JanitorPlace:
    """Say where it belongs. Raises StateError where there is no such stack on this machine."""
    return opener(ref.platform).janitor_place(ref)


@asynccontextmanager
async def janitor(ref: StackRef) -> AsyncIterator["Janitor"]:
    """Give a stack's janitor; what it holds of the stack ends with the block."""
    from ironclad.undo.left_orders import LeftOrders
    from ironclad.undo.rounds import Janitor

    async with open_toolbox(ref) as tools:
        yield Janitor(
            sweeper=sweeper(tools),
            lock=tools.lock,
            halt=tools.halt,
            runs=tools.runs,
            left=LeftOrders(tools.watchers(Endpoints()).orders, tools.lock),
            clock=tools.clock,
        )


async def plan(
    ref: StackRef, name: str, *, ignore_budget: bool = False, ignore_freeze: bool = False
) -> "Plan":
    """Make a plan and touch nothing. Raises RefusedError with every reason against it."""
    from ironclad.game_day.planning.making import make_plan
    from ironclad.wiring.experiments import experiment as load_experiment

    experiment = load_experiment(name)
    async with open_toolbox(ref, StackTarget(workload=experiment.workload)) as tools:
        return await make_plan(
            experiment,
            tools,
            who=person(),
            why="",
            ignore_budget=ignore_budget,
            ignore_freeze=ignore_freeze,
        )


async def take_down(ref: StackRef, *, delete_data: bool) -> None:
    """Take every stage down without Prefect, which may be the very thing that is broken.

    Goes on past a stage whose state is damaged: the namespace, which goes last, takes all with it.
    """
    async with held(ref, purpose="tear-down"), open_toolbox(ref) as tools:
        for stage in reversed(STAGES[1:]):
            with suppress(StateError):
                await tools.platform.remove(stage, delete_data=delete_data)
        await tools.platform.remove(STAGES[0], delete_data=delete_data)


async def take_everything_down(*, delete_data: bool) -> tuple[str, ...]:
    """End every local stack, then the Prefect server and its worker; give what could not be.

    A damaged or held stack does not keep the others up. A held one keeps the Prefect server: the
    last net of whatever holds it runs there.
    """
    from ironclad.wiring.platforms import local_tools
    from ironclad.wiring.prefect import stop_prefect

    problems: list[str] = []
    held: list[str] = []
    for ref in stacks_here():
        try:
            await take_down(ref, delete_data=delete_data)
        except BusyError as error:
            held.append(str(ref))
            problems.append(f"{ref} stays up: {error}")
        except IroncladError as error:
            problems.append(f"{ref}: {error}")
    if held:
        return (*problems, f"the Prefect server stays up as the last net of {', '.join(held)}")
    await stop_prefect(delete_data=delete_data)
    if delete_data and not problems:
        local_tools.forget_the_rest()
    return tuple(problems)


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
