"""Is there anything to measure? Every series that an objective counts must exist, at 0 even."""

import asyncio

from ironclad.domain.experiment.experiment import AbortCondition, WhenSilent
from ironclad.domain.slo.slo import Objective
from ironclad.errors import RemoteError
from ironclad.game_day.planning.scope import NOTHING, Found, Scope, refused, together, warned


async def series(scope: Scope) -> Found:
    questions = [
        _exists(scope, objective, selector)
        for objective in scope.objectives
        for selector in _selectors(objective)
        if scope.experiment.workload is None  # else its clients count
    ]
    questions += [_gives_a_value(scope, each) for each in scope.experiment.abort_when]
    return together(*await asyncio.gather(*questions))


def _selectors(objective: Objective) -> list[str]:
    indicator = objective.indicator
    return [text for text in (indicator.valid, indicator.bad, indicator.good) if text]


async def _exists(scope: Scope, objective: Objective, selector: str) -> Found:
    if await scope.watchers.metrics.value(f"count({selector})", scope.now):
        return NOTHING
    return refused(
        f"{objective.name} counts {selector}, and Prometheus has no such series; see that it"
        " scrapes the backend, and that the objective names series that the backend has"
    )


async def _gives_a_value(scope: Scope, condition: AbortCondition) -> Found:
    if not condition.promql:
        return NOTHING
    try:
        value = await scope.watchers.metrics.value(condition.promql, scope.now)
    except RemoteError as error:
        return refused(f"an abort condition cannot be watched: {error}")
    if value is not None:
        return NOTHING
    words = f"the abort condition {condition.promql} gives no value now"
    if condition.silent is WhenSilent.NOTE:
        return warned(words)
    return refused(f"{words}; mend it, or let it be `silent: note`")
