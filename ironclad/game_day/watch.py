"""The guard: one pass a second that keeps the load alive and looks for a reason to stop."""

import asyncio

from ironclad.domain.abort import tripped
from ironclad.domain.load import LoadSecond
from ironclad.domain.slo import Objective
from ironclad.errors import IroncladError
from ironclad.game_day.run import GameDay
from ironclad.progress import Progress, report

PASS_SECONDS = 1.0


async def watch(day: GameDay, phase: str, until: float, started: float) -> None:
    """Pass once a second until the monotonic time `until`, or until something aborts the run."""
    clock = day.tools.clock
    while (left := until - clock.monotonic()) > 0 and not day.is_aborted:
        await guard(day)
        tell(day, phase, clock.monotonic() - started, until - started)
        await clock.sleep(min(PASS_SECONDS, left))


async def guard(day: GameDay) -> None:
    """Feed the load's lease, then ask every abort condition and every person."""
    _heed_cancellation()
    if day.handle is not None:
        await day.handle.feed()
    if reason := _condition(day):
        day.abort("condition", reason)
    await _person(day)


def _heed_cancellation() -> None:
    """One that was swallowed below us still counts; a race in some library may do that."""
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError


def _condition(day: GameDay) -> str | None:
    if day.handle is None:
        return None
    return tripped(
        day.plan.experiment.abort_when,
        day.handle.seconds(),
        now=day.tools.clock.now().timestamp(),
        objective=priced_objective(day),
    )


def priced_objective(day: GameDay) -> Objective | None:
    """Give the first objective on availability: the one that a bad request spends."""
    return next((o for o in day.plan.objectives if o.latency_threshold is None), None)


async def _person(day: GameDay) -> None:
    try:
        holder = await day.tools.lock.holder()
    except IroncladError as error:
        day.gaps.append(f"the lock could not be read: {error}")
        return
    if holder is not None and holder.abort_requested:
        day.abort(holder.abort_requested, "a person asked for the end")


def tell(day: GameDay, phase: str, done: float, total: float) -> None:
    seconds = day.handle.seconds() if day.handle is not None else ()
    report(Progress(phase, done, round(total, 1), "s", account(seconds)))


def account(seconds: tuple[LoadSecond, ...]) -> str:
    """Sum the generator's account up in one clause."""
    sent, failed = sum(s.sent for s in seconds), sum(s.failed for s in seconds)
    p95 = next((s.latency_p95_seconds for s in reversed(seconds) if s.latency_p95_seconds), None)
    latency = "" if p95 is None else f", p95 {p95 * 1000:.0f} ms"
    return f"{sent:,} sent, {failed:,} failed{latency}"
