"""What is left of the error budgets, and whether they allow a deploy."""

from collections.abc import Mapping

from ironclad.domain.experiment.prediction import predict
from ironclad.domain.judging.allowance import beyond_allowance
from ironclad.domain.slo.deploy_gate import BackendChange, Gate, gate
from ironclad.domain.slo.slo import Objective
from ironclad.domain.stack.stack import Endpoints
from ironclad.domain.text.wording import percent
from ironclad.errors import IroncladError
from ironclad.game_day.planning.scope import Found, Scope, warned
from ironclad.game_day.toolbox import Toolbox

BUDGET_AT_LEAST = 0.5
"""A game day needs half of the budget (design, section 4)."""


async def budget(scope: Scope) -> Found:
    """Missing data passes: a stack that was never measured has spent nothing that is known."""
    if scope.ignore_budget:
        return warned(*await _overridden(scope))
    short = await _short(scope)
    return Found(
        reasons=tuple(
            f"{one}; wait, or pass --ignore-budget, which the report records" for one in short
        )
    )


async def allowance(scope: Scope) -> Found:
    """A warning, since a game day may be meant to deviate: to try what a page looks like."""
    expect = scope.experiment.expect
    predicted = predict(scope.experiment, scope.objectives, scope.faults, scope.replicas)
    return warned(
        *(
            f"{sentence}: this game day deviates by plan; allow more, or break less"
            for sentence in beyond_allowance(predicted, expect)
        )
    )


async def _overridden(scope: Scope) -> tuple[str, ...]:
    """Say what was passed over; a budget that cannot be read is ignored as well."""
    try:
        short = await _short(scope)
    except IroncladError as error:
        return (f"what is left of the budget is not known ({error}), which was overridden",)
    return tuple(f"{one}; it was overridden" for one in short)


async def _short(scope: Scope) -> tuple[str, ...]:
    remaining = await remaining_ratios(scope.tools, scope.endpoints, scope.objectives)
    return tuple(
        f"{name} has {percent(ratio)} of its budget left and a game day needs"
        f" {percent(BUDGET_AT_LEAST)}"
        for name, ratio in remaining.items()
        if ratio is not None and ratio < BUDGET_AT_LEAST
    )


async def remaining_ratios(
    tools: Toolbox, endpoints: Endpoints, objectives: tuple[Objective, ...]
) -> dict[str, float | None]:
    """Ask what is left of each objective's budget; None where it is not measured yet."""
    metrics = tools.watchers(endpoints).metrics
    now = tools.clock.now().timestamp()
    return {
        objective.name: _ratio(await metrics.value(remaining_query(objective.name), now))
        for objective in objectives
    }


def remaining_query(objective: str) -> str:
    return f'error_budget_remaining_percentage{{objective="{objective}"}}'


def _ratio(percentage: float | None) -> float | None:
    return None if percentage is None else percentage / 100


async def deploy_gate(
    tools: Toolbox, objectives: tuple[Objective, ...], *, ignore_budget: bool
) -> Gate:
    change = await tools.platform.backend_change()
    if change is not BackendChange.CHANGE:
        return gate(change, {})
    return gate(change, await _left(tools, objectives), ignore_budget=ignore_budget)


async def _left(tools: Toolbox, objectives: tuple[Objective, ...]) -> Mapping[str, float | None]:
    """A Prometheus that is not there, or does not answer, has measured nothing."""
    endpoints = await tools.platform.endpoints()
    if endpoints.prometheus is None:
        return {}
    try:
        return await remaining_ratios(tools, endpoints, objectives)
    except IroncladError:
        return {}
