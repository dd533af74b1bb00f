"""The guard: one pass a second that keeps the load alive and looks for a reason to stop."""

import asyncio

from ironclad.domain.evidence.telemetry import silence
from ironclad.domain.experiment.abort import allowance_spent, tripped
from ironclad.domain.load.load import LoadSecond
from ironclad.domain.slo.slo import Objective
from ironclad.domain.stack.undo import FAULT_LEASE
from ironclad.game_day.run import GameDay
from ironclad.progress import Progress, report

PASS_SECONDS = 1.0

CONDITION = "condition"
TELEMETRY = "telemetry"
"""Stands as the one who aborted when nobody could see, or nobody could have stopped the run."""
GUARD = "guard"
"""Likewise when the runner itself was away."""


async def watch(day: GameDay, phase: str, until: float, started: float) -> None:
    """Pass once a second until the monotonic time `until`, or until something aborts the run."""
    clock = day.tools.clock
    day.looked_at = clock.monotonic()
    while (left := until - clock.monotonic()) > 0 and not day.is_aborted:
        await guard(day)
        tell(day, phase, clock.monotonic() - started, until - started)
        await clock.sleep(min(PASS_SECONDS, left))


async def guard(day: GameDay) -> None:
    """Feed the load's lease, then ask every abort condition and every person."""
    _check_cancellation()
    check_absence(day)
    if day.handle is not None:
        await day.handle.feed()
    _check_load(day)
    await _check_metrics(day)
    await _check_requests(day)
    await _check_sweeps(day)


def check_absence(day: GameDay) -> None:
    """A runner that was stopped or asleep wakes up to lapsed leases: it arms nothing any more."""
    now = day.tools.clock.monotonic()
    away, day.looked_at = now - day.looked_at, now
    if away > FAULT_LEASE.total_seconds():
        day.abort(GUARD, f"the runner was away for {away:.0f} s, longer than a fault's lease")


def _check_cancellation() -> None:
    """One that was swallowed below us still counts; a race in some library may do that."""
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError


def _check_load(day: GameDay) -> None:
    if day.handle is None:
        return
    seconds = day.handle.seconds()
    if lost := silence(seconds, began=day.load_began, now=day.tools.clock.now().timestamp()):
        day.abort(TELEMETRY, lost)
    conditions = day.plan.experiment.abort_when
    if reason := tripped(conditions, seconds, objective=priced_objective(day)):
        day.abort(CONDITION, reason)
    cost = day.plan.experiment.expect.cost
    if reason := allowance_spent(cost, seconds, day.plan.objectives):
        day.abort(CONDITION, reason)


def priced_objective(day: GameDay) -> Objective | None:
    """Give the first objective on availability: the one that a bad request spends."""
    return next((o for o in day.plan.objectives if o.latency_threshold is None), None)


async def _check_metrics(day: GameDay) -> None:
    await day.gauges.look()
    if reason := day.gauges.tripped:
        day.abort(CONDITION, reason)
    if lost := day.gauges.lost:
        day.abort(TELEMETRY, lost)
    day.admit(day.gauges.noted)


async def _check_requests(day: GameDay) -> None:
    await day.hearing.listen()
    if abort_request := day.hearing.abort_request:
        day.abort(*abort_request, with_load=True)
    if deafness := day.hearing.deafness:
        day.abort(TELEMETRY, deafness)


async def _check_sweeps(day: GameDay) -> None:
    await day.sweeps.look()
    if lost := day.sweeps.lost:
        day.abort(TELEMETRY, lost)


def tell(day: GameDay, phase: str, done: float, total: float) -> None:
    seconds = day.handle.seconds() if day.handle is not None else ()
    report(Progress(phase, done, round(total, 1), "s", account(seconds)))


def account(seconds: tuple[LoadSecond, ...]) -> str:
    """Sum the generator's account up in one clause."""
    sent, failed = sum(s.sent for s in seconds), sum(s.failed for s in seconds)
    p95 = next((s.latency_p95_seconds for s in reversed(seconds) if s.latency_p95_seconds), None)
    latency = "" if p95 is None else f", p95 {p95 * 1000:.0f} ms"
    return f"{sent:,} sent, {failed:,} failed{latency}"
