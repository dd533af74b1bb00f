"""From an experiment to a plan, or to every reason why there is none."""

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from ironclad.domain.experiment.experiment import Experiment
from ironclad.domain.experiment.plan import Plan
from ironclad.domain.experiment.prediction import predict
from ironclad.domain.stack.stack import SERVICE_JOB
from ironclad.errors import IroncladError, RefusedError
from ironclad.game_day.planning.alerts import alert_times, alerts
from ironclad.game_day.planning.budget import allowance, budget
from ironclad.game_day.planning.feasibility import disruption_budget, doses, feasible, load_capacity
from ironclad.game_day.planning.measurement import (
    before_and_after,
    evaluation,
    guards,
    proof,
    series,
)
from ironclad.game_day.planning.safety import (
    blockers,
    freeze,
    halt,
    janitor,
    leftovers,
    permissions,
    prometheus_clock,
)
from ironclad.game_day.planning.scope import Found, Scope, refused, together
from ironclad.game_day.planning.targets import away, each_replica, lives, resolved
from ironclad.game_day.toolbox import Toolbox

Asked = Callable[[Scope], Awaitable[Found]]

QUESTIONS: tuple[Asked, ...] = (
    halt,
    freeze,
    permissions,
    leftovers,
    each_replica,
    feasible,
    away,
    doses,
    lives,
    proof,
    evaluation,
    before_and_after,
    disruption_budget,
    load_capacity,
    janitor,
    prometheus_clock,
    series,
    guards,
    alerts,
    alert_times,
    budget,
    allowance,
)
"""All are asked, whatever the others find; their findings are reported in this order."""


def run_id(experiment: str, now: datetime) -> str:
    """UTC stamp, experiment, 4 hex digits: sorts by time and reads in a file list."""
    return f"{now:%Y%m%dT%H%M%SZ}-{experiment}-{secrets.token_hex(2)}"


async def make_plan(
    experiment: Experiment,
    tools: Toolbox,
    *,
    who: str,
    why: str,
    ignore_budget: bool = False,
    ignore_freeze: bool = False,
) -> Plan:
    """Resolve an experiment on a stack; touches nothing.

    Raises RefusedError with every reason, BadInputError for an unknown objective.
    """
    objectives = tools.objectives.load(experiment.objectives)
    endpoints = await tools.platform.endpoints()
    if idle := await blockers(tools, endpoints):
        raise RefusedError(idle)
    replicas = await tools.platform.replicas()
    faults, aims = resolved(experiment, replicas)
    scope = Scope(
        experiment=experiment,
        tools=tools,
        endpoints=endpoints,
        objectives=objectives,
        replicas=replicas,
        faults=faults,
        ignore_budget=ignore_budget,
        ignore_freeze=ignore_freeze,
    )
    return await _planned(scope, aims, who=who, why=why)


async def _planned(scope: Scope, aims: Found, *, who: str, why: str) -> Plan:
    answers = await asyncio.gather(*(_answer(question, scope) for question in QUESTIONS))
    found = together(aims, *answers)
    if found.reasons:
        raise RefusedError(tuple(dict.fromkeys(found.reasons)))
    experiment, now = scope.experiment, scope.tools.clock.now()
    return Plan(
        run=run_id(experiment.name, now),
        stack=scope.tools.ref,
        experiment=experiment,
        objectives=scope.objectives,
        replicas=scope.replicas,
        faults=scope.faults,
        endpoints=scope.endpoints,
        predictions=predict(experiment, scope.objectives, scope.faults, scope.replicas),
        scrape_interval=await _scrape_interval(scope),
        who=who,
        why=why,
        planned_at=now,
        warnings=found.warnings,
        ignores_freeze=scope.ignore_freeze,
        alerts=found.alerts,
    )


async def _answer(question: Asked, scope: Scope) -> Found:
    """What cannot be answered speaks against a game day as well."""
    try:
        return await question(scope)
    except IroncladError as error:
        return refused(str(error))


async def _scrape_interval(scope: Scope) -> timedelta:
    """Ask how long it takes until something is seen; refuse where nothing ever would be."""
    if scope.experiment.workload is not None:
        return timedelta()
    interval = await scope.watchers.metrics.scrape_interval(SERVICE_JOB)
    if interval is None:
        raise RefusedError((f"Prometheus scrapes no target of the job {SERVICE_JOB}",))
    return interval
