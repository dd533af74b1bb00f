"""Is there anything to measure: series, a proof of recovery, the safeguards?"""

import asyncio
from datetime import timedelta

from ironclad.domain.evidence.intervals import requests_to_show
from ironclad.domain.experiment.experiment import AbortCondition, Experiment, WhenSilent
from ironclad.domain.experiment.pacer import offered_total
from ironclad.domain.judging.as_before.judged import FEWEST
from ironclad.domain.judging.watched import EVALUATED
from ironclad.domain.slo.slo import Objective
from ironclad.domain.stack.stack import SERVICE_JOB
from ironclad.domain.text.durations import format_duration
from ironclad.errors import RemoteError
from ironclad.game_day.planning.scope import NOTHING, Found, Scope, refused, together, warned


async def series(scope: Scope) -> Found:
    questions = [
        _exists(scope, objective, selector)
        for objective in scope.objectives
        for selector in objective.indicator.selectors.values()
        if scope.experiment.workload is None  # else its clients count
    ]
    questions += [_gives_a_value(scope, each) for each in scope.experiment.abort_when]
    return together(*await asyncio.gather(*questions))


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


async def evaluation(scope: Scope) -> Found:
    """A warning, since an alert that fires is seen without it."""
    if not scope.experiment.expect.alerts.must_not:
        return NOTHING
    if await scope.watchers.metrics.value(f"count({EVALUATED})", scope.now):
        return NOTHING
    return warned(
        f"Prometheus has no series {EVALUATED}, so that no alert can be seen to stay silent: it"
        " cannot end UPHELD; let Prometheus scrape itself"
    )


async def proof(scope: Scope) -> Found:
    """A warning, since a deviation shows in less: only UPHELD is out of reach."""
    targets = [one.target for one in scope.objectives if one.counts_failures]
    if not targets:
        return NOTHING
    needed = requests_to_show(max(targets))
    offered = offered_in_recovery(scope.experiment)
    if offered >= needed:
        return NOTHING
    lasts = format_duration(scope.experiment.phases.recovery)
    return warned(
        f"recovery offers {offered:,} requests in {lasts}, and showing {max(targets):.4g} takes"
        f" {needed:,} good ones in a row: it cannot end UPHELD; lengthen phases.recovery"
    )


async def before_and_after(scope: Scope) -> Found:
    """A warning, since clients may still show a deviation."""
    experiment, phases = scope.experiment, scope.experiment.phases
    if not experiment.expect.as_before or experiment.workload is not None:
        return NOTHING
    interval = await scope.watchers.metrics.scrape_interval(SERVICE_JOB)
    shorter = min(phases.baseline, phases.recovery / 2)
    if interval is None or shorter >= (FEWEST + 1) * interval:
        return NOTHING
    return warned(
        f"expect.as_before takes {FEWEST + 1} scrapes in the baseline and in half of the recovery,"
        f" one each {format_duration(interval)}, and the shorter of them lasts"
        f" {format_duration(shorter)}: it cannot end UPHELD; lengthen phases.baseline and"
        " phases.recovery"
    )


def offered_in_recovery(experiment: Experiment) -> int:
    phases, pacer = experiment.phases, experiment.load.pacer
    begins: timedelta = experiment.load_duration - phases.recovery
    return offered_total(pacer, experiment.load_duration) - offered_total(pacer, begins)


async def guards(scope: Scope) -> Found:
    """A warning: one file serves every platform, and the verdict says what does not apply."""
    missing = scope.tools.ref.spec.cannot_show
    without = [name for name in scope.experiment.expect.safeguards if name in missing]
    if not without:
        return NOTHING
    names = " and ".join(without)
    return warned(f"{scope.tools.ref} has nothing that can show {names}: it cannot end UPHELD")
