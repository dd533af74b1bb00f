"""The load around the phases: it begins before the baseline and ends by itself after recovery."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from ironclad.concurrency import in_background, run_to_completion
from ironclad.domain.experiment.plan import Plan
from ironclad.domain.load.load import LoadOrder
from ironclad.domain.stack.undo import ATTACHED_LEASE
from ironclad.game_day.guard import PASS_SECONDS
from ironclad.game_day.run import GameDay
from ironclad.ports import LoadHandle

SLACK_SECONDS = 3.0
"""The load outlasts the planned phases by this, so that arming and undoing may take their time."""


@asynccontextmanager
async def under_load(day: GameDay) -> AsyncIterator[None]:
    """Run the load; stopped early after an abort and on every way out but the regular one."""
    async with day.tools.load.running(_order(day.plan)) as handle:
        day.load.began(handle, day.journal.mark("the load began"))
        try:
            yield
        except BaseException:
            await run_to_completion(_finish(day, handle, early=True))
            raise
        await _finish(day, handle, early=day.status.is_aborted)


async def _finish(day: GameDay, handle: LoadHandle, *, early: bool) -> None:
    """Keep the rows of a load that was cut short, too: they tell what clients felt until then."""
    if early:
        await handle.stop()
    result = await handle.finished()
    day.load.result = result
    day.journal.mark("the load ended", source="client", at=result.ended_at)


def renewed_between_phases(day: GameDay) -> AbstractAsyncContextManager[None]:
    """Let no load stop because Prefect takes its time from one task to the next.

    Within a phase the guard alone renews it: a load whose guard hangs has to end.
    """
    return in_background(_renew_between_phases(day))


async def _renew_between_phases(day: GameDay) -> None:
    while True:
        if not day.journal.is_in_phase:
            await day.load.renew()
        await day.tools.clock.sleep(PASS_SECONDS)


def _order(plan: Plan) -> LoadOrder:
    experiment = plan.experiment
    return LoadOrder(
        run=plan.run,
        url=plan.endpoints.service or "",
        load=experiment.load,
        duration_seconds=experiment.load_duration.total_seconds() + SLACK_SECONDS,
        lease_seconds=ATTACHED_LEASE.total_seconds(),
        seed=experiment.faults[0].seed if experiment.faults else 1,
        slow_after_seconds=_slow_after_seconds(plan),
    )


def _slow_after_seconds(plan: Plan) -> float | None:
    """Take the limit of the objective that has a cost, if it is one on latency, else the first."""
    cost = plan.experiment.expect.cost
    ordered = sorted(plan.objectives, key=lambda one: not cost or one.name != cost.objective)
    limits = (one.latency_threshold for one in ordered)
    return next((limit.total_seconds() for limit in limits if limit is not None), None)
