"""Whether the error budgets allow what a deploy would do to the backend."""

from collections.abc import Mapping

from ironclad.domain.slo.deploy_gate import BackendChange, Gate, gate
from ironclad.domain.slo.slo import Objective
from ironclad.errors import IroncladError
from ironclad.game_day.planning.budget import remaining_ratios
from ironclad.game_day.toolbox import Toolbox


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
