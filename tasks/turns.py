"""One game day at a time on each stack: a second one fails at once, or waits if asked to."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

from prefect import task
from prefect.runtime import flow_run

from ironclad import wiring
from ironclad.domain.evidence.outcome import Outcome
from ironclad.domain.stack.stack import StackRef
from ironclad.domain.text.durations import format_duration
from ironclad.errors import BusyError, RefusedError, TooLateError
from ironclad.waiting import until_free
from ironclad.wiring import ANY, StackTarget
from tasks.policy import ONCE

LATE_AFTER = timedelta(minutes=15)


def lateness(due: datetime, now: datetime, limit: timedelta) -> str | None:
    """Say that a run is too late to begin; None where it is in time."""
    late = now - due
    if late <= limit:
        return None
    shown = format_duration(timedelta(seconds=round(late.total_seconds())))
    return (
        f"it was due at {due:%Y-%m-%d %H:%M:%S} UTC and is {shown} late, more than"
        f" {format_duration(limit)}; the next one comes at its own time"
    )


async def in_turn(
    ref: StackRef, minutes: float, target: StackTarget, begin: Callable[[], Awaitable[Outcome]]
) -> Outcome:
    """Begin once the stack is free; of several that wait, those that come too late wait on.

    The limit is the stack's own lock: every runner knows it, and a dead one's lapses within 20 s.
    A limit of Prefect's own binds only what Prefect runs, and keeps a dead run's slot for longer.
    """
    left = timedelta(minutes=minutes)
    while True:
        left = await wait_for_stack(ref, left, target) if left else left
        try:
            return await begin()
        except (BusyError, RefusedError):
            if not left or not await is_held(ref, target):
                raise


@task(task_run_name="wait-for-{ref.name}", **ONCE)
async def wait_for_stack(ref: StackRef, within: timedelta, target: StackTarget = ANY) -> timedelta:
    """Give what is left of the time. Raises BusyError that names who holds the stack by then."""
    async with wiring.open_toolbox(ref, target) as tools:
        return await until_free(tools.lock, ref, within, tools.clock)


async def is_held(ref: StackRef, target: StackTarget) -> bool:
    async with wiring.open_toolbox(ref, target) as tools:
        return await tools.lock.holder() is not None


def demand_in_time(late_after_minutes: float) -> None:
    """Pass over what a worker picks up too late, after a downtime for example: no catching up.

    Raises TooLateError that says when it was due.
    """
    limit = timedelta(minutes=late_after_minutes)
    if late := lateness(flow_run.scheduled_start_time, datetime.now(UTC), limit):
        raise TooLateError((late,))
