"""What is left of the error budgets."""

from ironclad.domain.slo import Objective
from ironclad.domain.stack import Endpoints
from ironclad.game_day.planning.scope import Found, Scope, warned
from ironclad.game_day.toolbox import Toolbox

BUDGET_AT_LEAST = 0.5
"""A game day needs half of the budget (design, section 4)."""


async def budget(scope: Scope) -> Found:
    """Missing data passes: a stack that was never measured has spent nothing that is known."""
    if scope.ignore_budget:
        return warned("the remaining budget was not asked for")
    remaining = await remaining_ratios(scope.tools, scope.endpoints, scope.objectives)
    return Found(
        reasons=tuple(
            f"{name} has {ratio:.1%} of its budget left and a game day needs {BUDGET_AT_LEAST:.0%};"
            " wait, or pass --ignore-budget, which the report records"
            for name, ratio in remaining.items()
            if ratio is not None and ratio < BUDGET_AT_LEAST
        )
    )


async def remaining_ratios(
    tools: Toolbox, endpoints: Endpoints, objectives: tuple[Objective, ...]
) -> dict[str, float | None]:
    """Ask what is left of each objective's budget; None where nobody has measured it yet."""
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
