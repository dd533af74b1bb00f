"""The quiet before the load, and the steady state under it."""

from contextlib import suppress
from datetime import timedelta

from ironclad.concurrency import run_beside
from ironclad.domain.evidence.journal import PhaseName
from ironclad.domain.experiment.pacer import offered_total
from ironclad.domain.experiment.steady_state import deviation
from ironclad.errors import IroncladError
from ironclad.game_day.guard import PASS_SECONDS
from ironclad.game_day.phases.observing import try_connections
from ironclad.game_day.planning.alert_forecast import Coming, forecast_alerts
from ironclad.game_day.planning.budget import remaining_ratios
from ironclad.game_day.run import GameDay
from ironclad.game_day.sources.platform_state import look_at_platform, read_counters
from ironclad.game_day.sources.scraping import all_scraped

SECOND = timedelta(seconds=1)

STEADY_STATE = "baseline"
"""Stands as the one who aborted when the steady state did not hold: no hypothesis was tested."""


async def look_before(day: GameDay) -> None:
    """Read every source while no load runs, so that each difference is this game day's alone."""
    day.baseline.began(day.tools.clock.now())
    await all_scraped(day, since=day.baseline.began_at)
    day.baseline.replicas = await read_counters(day, "before the load")
    await look_at_platform(day)
    await _compare_clocks(day)
    plan = day.plan
    with day.journal.admitting("the budget before is not known"):
        left = await remaining_ratios(day.tools, plan.endpoints, plan.objectives)
        day.baseline.remaining = left
    day.journal.mark("every source was read before the load")


async def _compare_clocks(day: GameDay) -> None:
    """The middle of the question is compared, so that what it takes to ask counts for neither."""
    clock, before = day.tools.clock, day.tools.clock.now().timestamp()
    with suppress(IroncladError):
        theirs = await day.watchers.metrics.now()
        skew = theirs - (before + clock.now().timestamp()) / 2
        day.baseline.clocks_compared(skew)
        way = "ahead of" if skew > 0 else "behind"
        day.journal.mark(f"Prometheus' clock is {abs(skew):.3f} s {way} ours", source="prometheus")


async def hold_baseline(day: GameDay) -> None:
    """Watch the load with nothing broken; the game day ends here if that is not steady."""
    length = day.plan.experiment.phases.baseline.total_seconds()
    with day.journal.phase(PhaseName.BASELINE):
        await day.guard.watch("baseline", length)
    if day.load.handle is None or day.status.is_aborted:
        return
    seconds, load = day.load.seconds, day.plan.experiment.load
    offered = offered_total(load.pacer, len(seconds) * SECOND)
    if reason := deviation(seconds, day.plan.objectives, offered, load):
        day.status.abort(STEADY_STATE, f"the steady state does not hold: {reason}")
    else:
        # Prometheus may take its time, and a load without a renewal stops meanwhile.
        await run_beside(_ask_under_load(day), day.guard.check, day.tools.clock, PASS_SECONDS)


async def _ask_under_load(day: GameDay) -> None:
    await try_connections(day)
    await _forecast_alerts(day)


async def _forecast_alerts(day: GameDay) -> None:
    """Once more, with the baseline's real traffic; what was planned stands where that fails."""
    plan = day.plan
    coming = Coming(
        experiment=plan.experiment,
        objectives=plan.objectives,
        faults=plan.faults,
        replicas=plan.replicas,
        now=day.tools.clock.now().timestamp(),
        begin=plan.experiment.phases.baseline.total_seconds(),
    )
    with suppress(IroncladError):
        day.alerts.forecasts = await forecast_alerts(coming, day.watchers.metrics)
