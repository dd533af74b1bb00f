"""The steps of a game day, one task each: a phase is a task, a request never is."""

from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from dataclasses import replace
from typing import Any

from prefect import task

from ironclad import wiring
from ironclad.domain.experiment.experiment import Experiment
from ironclad.domain.experiment.plan import Plan
from ironclad.domain.stack.stack import StackRef
from ironclad.game_day.lifecycle import at_work
from ironclad.game_day.phases import baseline, injection, measuring, recovery
from ironclad.game_day.planning.making import make_plan
from ironclad.game_day.run import GameDay
from ironclad.outcome_mailbox import deliver
from ironclad.processes.priority import GUARD, take_turns_first
from ironclad.wiring import ANY, StackTarget
from tasks.pages.events import emit_outcome, emit_started
from tasks.pages.naming import flow_run_page
from tasks.pages.showing import link_sources, shown
from tasks.policy import ONCE, TRANSIENT

PHASE_LIMIT_SECONDS = 6 * 3600
"""Above every phase that a working day allows; a phase's own end comes from its experiment."""

UNDER_LOAD: dict[str, Any] = {"timeout_seconds": PHASE_LIMIT_SECONDS, **ONCE}
"""Without tags: for each of them Prefect asks its server whether to begin, 2 to 7 s under load."""


@task(task_run_name="plan", timeout_seconds=120, tags=["game-day"], **TRANSIENT)
async def plan_game_day(
    ref: StackRef,
    experiment: Experiment,
    *,
    why: str,
    who: str | None = None,
    ignore_budget: bool = False,
    ignore_freeze: bool = False,
    target: StackTarget = ANY,
) -> Plan:
    """Resolve the experiment on the stack; refuse what cannot work."""
    async with wiring.open_toolbox(ref, target) as tools:
        return await make_plan(
            experiment,
            tools,
            who=who or wiring.person(),
            why=why,
            ignore_budget=ignore_budget,
            ignore_freeze=ignore_freeze,
        )


@asynccontextmanager
async def held(plan: Plan, target: StackTarget = ANY) -> AsyncIterator[GameDay]:
    """Hold the stack for the whole game day; see `ironclad.game_day.lifecycle.at_work`.

    Automations get an event for its start and one for its end, whatever ended it.
    """
    take_turns_first(GUARD)
    plan = replace(plan, flow_run=flow_run_page())
    async with wiring.open_toolbox(plan.stack, target) as tools:
        with ExitStack() as afterwards:
            async with at_work(plan, tools) as day:
                afterwards.callback(_tell_end, day)
                emit_started(plan)
                link_sources(day.plan)
                yield day


def _tell_end(day: GameDay) -> None:
    """Where the report could not be written, that error is raised, and there is no event."""
    if day.status.outcome is not None:
        deliver(day.status.outcome)
        emit_outcome(day.status.outcome, day.plan.stack)


@task(task_run_name="look-before", timeout_seconds=120, tags=["game-day"], **ONCE)
async def look_before(day: GameDay) -> None:
    """Read every source while no load runs."""
    await baseline.look_before(day)


@task(task_run_name="baseline", **UNDER_LOAD)
async def hold_baseline(day: GameDay) -> None:
    """Watch the load with nothing broken."""
    async with shown("baseline"):
        await baseline.hold_baseline(day)


@task(task_run_name="inject", **UNDER_LOAD)
async def inject(day: GameDay) -> None:
    """Arm, see it work, guard, take it back."""
    async with shown("inject"):
        await injection.inject(day)


@task(task_run_name="recover", **UNDER_LOAD)
async def recover(day: GameDay) -> None:
    """Confirm that nothing is left, then let the load prove that the service is well."""
    async with shown("recover"):
        await recovery.recover(day)


@task(task_run_name="measure", timeout_seconds=600, **ONCE)
async def measure(day: GameDay) -> None:
    """Read every source once more, at fixed timestamps.

    Without tags: a Prefect server that went away could not give leave to begin, and all that the
    game day has seen would be lost.
    """
    await measuring.measure(day)
