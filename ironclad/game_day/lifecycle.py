"""Around a game day: the lock, the files, and how it ended, whatever it was that ended it."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

from ironclad.concurrency import in_background, run_to_completion
from ironclad.domain.evidence.journal import Status
from ironclad.domain.evidence.outcome import Outcome
from ironclad.domain.experiment.plan import Plan
from ironclad.domain.stack.commands import command
from ironclad.domain.stack.freeze import conflict
from ironclad.domain.stack.undo import GAME_DAY
from ironclad.errors import IroncladError, RefusedError
from ironclad.game_day.orphaned_runs import finalize_dead_runs
from ironclad.game_day.run import GameDay
from ironclad.game_day.toolbox import Toolbox

log = logging.getLogger("ironclad")


@asynccontextmanager
async def at_work(plan: Plan, tools: Toolbox) -> AsyncIterator[GameDay]:
    """Hold the stack for one game day; its report is written before this ends.

    An exception in the body becomes the status FAILED and goes no further. Any other end (a
    cancellation, a signal, an order of the Prefect server) becomes INTERRUPTED and goes on. Raises
    BusyError when somebody else holds the stack, RefusedError when it was halted or frozen
    since the plan.
    """
    purpose = f"{GAME_DAY} {plan.experiment.name}"
    async with tools.lock.held(plan.run, purpose, plan.who):
        await refuse_if_halted(tools)
        await refuse_if_frozen(plan, tools)
        await finalize_dead_runs(tools, await tools.runs.unfinished())
        # The planner's connections may be closed.
        plan = replace(plan, endpoints=await tools.platform.endpoints())
        await tools.runs.open(plan)
        await _announce(tools, "GameDayStarted", _began(plan))
        day = GameDay(plan, tools, lambda mark: tools.runs.keep(plan, mark))
        status, reason = Status.COMPLETED, ""
        try:
            async with in_background(day.machine.run()):
                yield day
        except Exception as error:
            status, reason = Status.FAILED, f"{type(error).__name__}: {error}"
            log.exception("the game day broke off")
        except BaseException as error:
            # A cancellation may carry its reason; what Prefect raises says nothing of use.
            why = str(error) if isinstance(error, asyncio.CancelledError) else ""
            status, reason = Status.INTERRUPTED, why or "the runner had to stop"
            raise
        finally:
            day.guard.close()
            await run_to_completion(_close(day, status, reason))
        await _announce(tools, "GameDayEnded", _ended(outcome_of(day)))


async def _close(day: GameDay, status: Status, reason: str) -> None:
    day.status.outcome = await day.tools.runs.close(day.evidence(status, reason))


async def refuse_if_halted(tools: Toolbox) -> None:
    """Asked under the lock: a halt from here on reaches the guard, one from before ends it here."""
    if halt := await tools.halt.state():
        off = command("halt off", tools.ref)
        raise RefusedError((f"{tools.ref} is {halt.sentence}; {off} ends that",))


async def refuse_if_frozen(plan: Plan, tools: Toolbox) -> None:
    """Asked under the lock as well: a freeze may have been set since the plan was made."""
    now = tools.clock.now()
    end = now + plan.experiment.whole_duration
    reason = None if plan.ignores_freeze else conflict(await tools.freezes(), now, end)
    if reason is not None:
        raise RefusedError((reason,))


async def _announce(tools: Toolbox, reason: str, message: str) -> None:
    try:
        await tools.announcer.announce(reason, message)
    except IroncladError as error:
        log.warning("no notice of the game day was sent: %s", error)


def _began(plan: Plan) -> str:
    why = plan.why or plan.experiment.hypothesis
    begins = f"{plan.who} runs the game day {plan.experiment.name} ({plan.run}): {why}"
    return f"{begins.rstrip('.')}. {_expected(plan)}"


def _expected(plan: Plan) -> str:
    """Say which pages are part of it, so that no one gets up for one or sleeps through another."""
    alerts = plan.experiment.expect.alerts
    must = f"Expect {', '.join(alerts.must)}." if alerts.must else "No alert is expected."
    return f"{must} {', '.join(alerts.must_not)} would be news." if alerts.must_not else must


def _ended(outcome: Outcome) -> str:
    return f"{outcome.run} ended {outcome.verdict or outcome.status}: {outcome.reason}"


def outcome_of(day: GameDay) -> Outcome:
    if day.status.outcome is None:
        raise RuntimeError("a game day has no outcome before it is over")
    return day.status.outcome
