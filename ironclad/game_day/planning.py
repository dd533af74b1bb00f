"""Before minute 0: resolve everything, and name every reason against at once."""

import asyncio
import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta

from ironclad.domain.alerts import AlertSighting
from ironclad.domain.experiment import Experiment
from ironclad.domain.faults import ChaosStatus
from ironclad.domain.plan import Plan, PlannedFault
from ironclad.domain.prediction import predict
from ironclad.domain.slo import Objective
from ironclad.domain.stack import Endpoints, Replica
from ironclad.domain.targets import targets_of
from ironclad.domain.undo import LockHolder
from ironclad.errors import IroncladError, RefusedError
from ironclad.game_day.scraping import JOB
from ironclad.game_day.toolbox import Toolbox

JANITOR_SILENT = timedelta(seconds=15)
BUDGET_AT_LEAST = 0.5
"""A game day needs half of the budget (design, section 4)."""


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
) -> Plan:
    """Resolve an experiment on a stack; touches nothing.

    Raises RefusedError with every reason, BadInputError for an unknown objective.
    """
    objectives = tools.objectives.load(experiment.objectives)
    endpoints = await tools.platform.endpoints()
    if before_all := await _before_all(tools, endpoints):
        raise RefusedError(before_all)
    replicas = await tools.platform.replicas()
    faults, reasons = _resolved(experiment, replicas)
    statuses = await _asked(tools, replicas)
    reasons += _replica_reasons(statuses)
    reasons += await _life_reasons(tools, faults)
    reasons += await _watcher_reasons(experiment, tools, endpoints, objectives, ignore_budget)
    if reasons:
        raise RefusedError(tuple(reasons))
    interval = await _scrape_interval(tools, endpoints)
    now = tools.clock.now()
    return Plan(
        run=run_id(experiment.name, now),
        stack=tools.ref,
        experiment=experiment,
        objectives=objectives,
        replicas=replicas,
        faults=faults,
        endpoints=endpoints,
        predictions=predict(experiment, objectives, faults, replicas),
        scrape_interval=interval,
        who=who,
        why=why,
        planned_at=now,
        warnings=("the remaining budget was not asked for",) if ignore_budget else (),
    )


async def _before_all(tools: Toolbox, endpoints: Endpoints) -> tuple[str, ...]:
    """Give what makes every further question idle."""
    if refusal := await tools.platform.refusal_of_game_days():
        return (refusal,)
    return (*_missing(endpoints), *_busy(await tools.lock.holder()))


def _missing(endpoints: Endpoints) -> Iterable[str]:
    if endpoints.service is None:
        yield "the backend is not up; bring the stack up first with `ironclad up`"
    if endpoints.prometheus is None or endpoints.janitor is None:
        yield "monitoring is not up; bring it up with `ironclad up --stage monitoring`"


def _busy(holder: LockHolder | None) -> Iterable[str]:
    """Said before all else: the faults of a game day that runs are not left-overs to disarm."""
    if holder is not None:
        yield (
            f"the stack is held by {holder.purpose} {holder.run} of {holder.who}; wait until it"
            " ends, or stop it with `ironclad game-day abort`"
        )


def _resolved(
    experiment: Experiment, replicas: tuple[Replica, ...]
) -> tuple[tuple[PlannedFault, ...], list[str]]:
    planned: list[PlannedFault] = []
    reasons: list[str] = []
    for fault in experiment.faults:
        try:
            planned.append(PlannedFault(fault=fault, targets=targets_of(fault, replicas)))
        except RefusedError as error:
            reasons += [f"fault {fault.id}: {reason}" for reason in error.reasons]
    return tuple(planned), reasons


async def _asked(
    tools: Toolbox, replicas: tuple[Replica, ...]
) -> list[tuple[Replica, ChaosStatus, bool]]:
    statuses = await asyncio.gather(*(tools.faults.status(replica) for replica in replicas))
    ready = await asyncio.gather(*(tools.faults.is_ready(replica) for replica in replicas))
    return list(zip(replicas, statuses, ready, strict=True))


def _replica_reasons(asked: list[tuple[Replica, ChaosStatus, bool]]) -> list[str]:
    reasons: list[str] = []
    for replica, status, ready in asked:
        if not status.reachable:
            reasons.append(f"{replica.name} does not answer: {status.problem}")
        elif not status.enabled:
            reasons.append(f"faults are disabled on {replica.name}; run `ironclad chaos enable`")
        elif status.faults:
            ids = ", ".join(fault.id for fault in status.faults)
            reasons.append(f"{replica.name} still has faults ({ids}); run `ironclad disarm`")
        elif not ready:
            reasons.append(f"{replica.name} is not ready; see `ironclad status`")
    return reasons


async def _life_reasons(tools: Toolbox, faults: Iterable[PlannedFault]) -> list[str]:
    """What ends a replica is only seen to work where the platform tells one life from another."""
    targets = [r for each in faults if each.fault.kind.ends_replicas for r in each.targets]
    found = await asyncio.gather(*(_life_reason(tools, replica) for replica in targets))
    return [reason for reason in found if reason]


async def _life_reason(tools: Toolbox, replica: Replica) -> str:
    try:
        life = await tools.replica_faults.life(replica)
    except IroncladError as error:
        return f"{replica.name} cannot be struck: {error}"
    return "" if life else f"{replica.name} cannot be struck: it does not run"


async def _watcher_reasons(
    experiment: Experiment,
    tools: Toolbox,
    endpoints: Endpoints,
    objectives: tuple[Objective, ...],
    ignore_budget: bool,  # noqa: FBT001
) -> list[str]:
    try:
        reasons = await _janitor_reasons(tools, endpoints)
        reasons += await _alert_reasons(experiment, tools, endpoints)
        if not ignore_budget:
            reasons += await _budget_reasons(tools, endpoints, objectives)
    except IroncladError as error:
        return [str(error)]
    return reasons


async def _janitor_reasons(tools: Toolbox, endpoints: Endpoints) -> list[str]:
    swept = await tools.watchers(endpoints).deliveries.last_sweep()
    if swept is not None and tools.clock.now() - swept <= JANITOR_SILENT:
        return []
    last = "never" if swept is None else f"at {swept:%H:%M:%S} UTC"
    limit = f"{JANITOR_SILENT.total_seconds():.0f} s"
    remedy = "`ironclad up --stage monitoring` restarts it"
    return [f"the janitor last swept {last} and must have within {limit}; {remedy}"]


async def _scrape_interval(tools: Toolbox, endpoints: Endpoints) -> timedelta:
    """Ask how long it takes until something is seen; refuse where nothing ever would be."""
    interval = await tools.watchers(endpoints).metrics.scrape_interval(JOB)
    if interval is None:
        raise RefusedError((f"Prometheus scrapes no target of the job {JOB}",))
    return interval


async def _alert_reasons(experiment: Experiment, tools: Toolbox, endpoints: Endpoints) -> list[str]:
    expected = experiment.expect.alerts
    names = (*expected.must, *expected.must_not)
    sightings = await baseline_alerts(tools, endpoints, names)
    return [
        f"the alert {sighting.name} is expected, and Prometheus has no rule of that name"
        for sighting in sightings
        if not sighting.known
    ]


async def baseline_alerts(
    tools: Toolbox, endpoints: Endpoints, names: tuple[str, ...]
) -> tuple[AlertSighting, ...]:
    if not names:
        return ()
    now = tools.clock.now().timestamp()
    return await tools.watchers(endpoints).metrics.alert_sightings(names, now - 30, now)


async def _budget_reasons(
    tools: Toolbox, endpoints: Endpoints, objectives: tuple[Objective, ...]
) -> list[str]:
    """Missing data passes: a stack that was never measured has spent nothing that is known."""
    remaining = await remaining_ratios(tools, endpoints, objectives)
    return [
        f"{name} has {ratio:.1%} of its budget left and a game day needs {BUDGET_AT_LEAST:.0%};"
        " wait, or pass --ignore-budget, which the report records"
        for name, ratio in remaining.items()
        if ratio is not None and ratio < BUDGET_AT_LEAST
    ]


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
