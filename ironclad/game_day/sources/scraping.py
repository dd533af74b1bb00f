"""Waiting until Prometheus has really looked: its ready endpoint is not "has scraped"."""

from datetime import timedelta

from ironclad.domain.stack.readiness import Condition, Readiness
from ironclad.domain.stack.stack import SERVICE_JOB
from ironclad.errors import IroncladError, WaitTimeoutError
from ironclad.game_day.run import GameDay
from ironclad.game_day.sources.platform_state import present_replicas
from ironclad.waiting import until_ready

GRACE = timedelta(seconds=20)


async def all_scraped(day: GameDay, *, since: float) -> None:
    """Wait until every replica was scraped after `since` (epoch seconds): an interval, and a grace.

    What stays unscraped at the deadline becomes a gap in the evidence, never a guess. Where nothing
    of the target is scraped, there is nothing to wait for.
    """
    if day.plan.experiment.workload is not None:
        return

    async def ask() -> Readiness:
        return await _scraped(day, since)

    deadline = day.plan.scrape_interval + GRACE
    try:
        await until_ready("Prometheus' next scrape", ask, deadline=deadline, clock=day.tools.clock)
    except WaitTimeoutError as error:
        day.journal.admit(str(error))


async def _scraped(day: GameDay, since: float) -> Readiness:
    wanted = len(await present_replicas(day))
    try:
        seen = len(await day.watchers.metrics.scraped_since(SERVICE_JOB, since))
    except IroncladError as error:
        return Readiness(Condition.IN_PROGRESS, str(error))
    condition = Condition.READY if seen >= wanted else Condition.IN_PROGRESS
    return Readiness(condition, f"{seen} of {wanted} replicas scraped")
