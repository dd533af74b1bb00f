"""One game day, from the plan to the report."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from functools import partial

from prefect import flow
from prefect.client.schemas.objects import State

from ironclad import wiring
from ironclad.domain.evidence.outcome import Outcome
from ironclad.domain.experiment.plan import Plan
from ironclad.domain.kubernetes.parameters.parameters import StackParameters
from ironclad.domain.stack.platforms import LOCAL
from ironclad.domain.stack.stack import DEFAULT_STACK
from ironclad.errors import BusyError, RefusedError
from ironclad.game_day.lifecycle import outcome_of
from ironclad.game_day.phases.loading import renewed_between_phases, under_load
from tasks import chaos
from tasks.access import target_of
from tasks.asking import demand_go
from tasks.pages.events import emit_outcome
from tasks.pages.naming import game_day_run_name
from tasks.pages.reporting import published, state_of
from tasks.parameters import (
    Answering,
    BlockName,
    ExperimentName,
    Minutes,
    Platform,
    StackName,
    Words,
)
from tasks.stopping import ended_with_its_worker
from tasks.turns import demand_in_time, in_turn


@flow(name="game-day", flow_run_name=game_day_run_name)
async def game_day(
    experiment: ExperimentName = "error-burst",
    platform: Platform = LOCAL,
    stack: StackName = DEFAULT_STACK,
    *,
    why: Words = "",
    ignore_budget: bool = False,
    ignore_freeze: bool = False,
    late_after_minutes: Minutes = 15,
    wait_for_stack_minutes: Minutes = 0,
    ask_first: bool = False,
    answer_within_minutes: Answering = 30,
    kubernetes: StackParameters | None = None,
    credentials_block: BlockName | None = None,
) -> State[Outcome]:
    """Break one thing on purpose under load, measure what it cost, take it back, report.

    Args:
        experiment: Name of a file in `game_days/`, or a path to one.
        platform: `local` or `kubernetes`.
        stack: Name of the stack.
        why: Why now; stands in the report and in the undo ledger.
        ignore_budget: Run although less than half of an error budget is left; the report says so.
        ignore_freeze: Run although game days are frozen; the report says so.
        late_after_minutes: A run that begins later than this after its time is skipped.
        wait_for_stack_minutes: Wait this long while something else holds the stack; 0 ends at once.
        ask_first: Ask on the flow run's page whether to go, with the plan, before anything is held.
        answer_within_minutes: No answer for this long means no-go.
        kubernetes: Of a stack in a cluster; what it was last brought up with if left out.
        credentials_block: A kubernetes-credentials block to use instead of the kubeconfig.
    """
    ref = wiring.named(platform, stack, kubernetes)
    definition = wiring.experiment(experiment)
    target = await target_of(kubernetes, credentials_block, workload=definition.workload)
    planned = partial(
        chaos.plan_game_day,
        ref,
        definition,
        ignore_budget=ignore_budget,
        ignore_freeze=ignore_freeze,
        target=target,
    )
    asking = timedelta(minutes=answer_within_minutes) if ask_first else None
    begin = partial(begun, planned, why, target, asking)
    try:
        demand_in_time(late_after_minutes)
        outcome = await in_turn(ref, wait_for_stack_minutes, target, begin)
    except (RefusedError, BusyError) as error:
        refusal = wiring.refusal(definition, error)
        emit_outcome(refusal, ref)
        return state_of(refusal)
    await published(outcome)
    return state_of(outcome)


async def begun(
    planned: Callable[..., Awaitable[Plan]],
    why: str,
    target: wiring.StackTarget,
    asking: timedelta | None,
) -> Outcome:
    """Plan, ask for a go where that is wanted, and go through the phases."""
    plan = await planned(why=why)
    if asking is not None:
        go = await demand_go(plan, asking)
        plan = await planned(why=go.why or why, who=go.who or None)
    return await played(plan, target)


async def played(plan: Plan, target: wiring.StackTarget) -> Outcome:
    """Hold the stack, and go through the phases."""
    async with ended_with_its_worker(), chaos.held(plan, target) as day:
        await chaos.look_before(day)
        async with under_load(day), renewed_between_phases(day):
            await chaos.hold_baseline(day)
            if not day.status.is_aborted:
                await chaos.inject(day)
                await chaos.recover(day)
        await chaos.measure(day)
    return outcome_of(day)
