"""The faults on their timeline, under the guard, and off again whatever happens."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from ironclad.concurrency import run_beside, run_to_completion
from ironclad.domain.evidence.journal import PhaseName
from ironclad.domain.experiment.plan import PlannedFault
from ironclad.domain.stack.undo import LEDGER_LEASE, LEDGER_RENEW_EVERY
from ironclad.game_day.faults.aiming import aimed
from ironclad.game_day.faults.arming import arm, disarm, fault_at_work
from ironclad.game_day.faults.fault_runner import FaultAtWork
from ironclad.game_day.faults.undo_entries import renew_entry
from ironclad.game_day.guard import PASS_SECONDS, check_absence, guard, tell
from ironclad.game_day.run import GameDay

ENTRY_LOST = LEDGER_LEASE - LEDGER_RENEW_EVERY
"""The ledger may be away for so long; then the run ends before the janitor ends it."""


@dataclass(slots=True)
class Armed:
    """A fault that is on, with the monotonic times of what it needs next."""

    work: FaultAtWork
    since: float
    entry_renewed: float
    seen: bool = False
    is_busy: bool = False
    """It is being armed or taken back, and nothing of it is renewed."""


@dataclass(slots=True)
class Timeline:
    """Which faults wait, and which are on."""

    waiting: list[PlannedFault]
    armed: list[Armed] = field(default_factory=list)


async def inject(day: GameDay) -> None:
    """Run the timeline to its end or an abort; every fault is off when this returns or raises."""
    clock, window = day.tools.clock, day.plan.experiment.fault_window.total_seconds()
    with day.journal.phase(PhaseName.FAULT):
        day.looked_at = started = clock.monotonic()
        async with _taken_back(day) as timeline:
            while (now := clock.monotonic() - started) < window and not day.is_aborted:
                await _step(day, timeline, now)
                tell(day, "fault", now, window)
                rest = min(PASS_SECONDS, _next(timeline, now, window) - now)
                await _rest(day, timeline, max(0.0, rest))
            check_absence(day)


@asynccontextmanager
async def _taken_back(day: GameDay) -> AsyncIterator[Timeline]:
    """Undo on every way out, cancellations included: to its end, which the leases bound."""
    timeline = Timeline(sorted(day.plan.faults, key=lambda planned: planned.fault.at))
    try:
        yield timeline
    finally:
        await run_to_completion(_disarm_all(day, timeline))


async def _disarm_all(day: GameDay, timeline: Timeline) -> None:
    """Go on past what fails, and be loud about it at the end."""
    outcomes = await asyncio.gather(
        *(disarm(day, armed.work) for armed in timeline.armed), return_exceptions=True
    )
    timeline.armed.clear()
    failures = [outcome for outcome in outcomes if isinstance(outcome, BaseException)]
    for failure in failures:
        day.journal.mark(f"an undo failed: {failure}")
    if failures:
        raise failures[0]


async def _step(day: GameDay, timeline: Timeline, now: float) -> None:
    """One pass: what is over ends, the guard looks, what is on is renewed, what is due begins."""
    for armed in [a for a in timeline.armed if now >= _ends_at(a)]:
        await _take_back(day, timeline, armed)
    await guard(day)
    for armed in list(timeline.armed):
        await _keep(day, armed)
        await _look(day, timeline, armed)
    while timeline.waiting and not day.is_aborted:
        if timeline.waiting[0].fault.at.total_seconds() > now:
            break
        await _begin(day, timeline)


async def _begin(day: GameDay, timeline: Timeline) -> None:
    """On the list before it is armed: a fault that half its targets took must be undone as well."""
    check_absence(day)
    if day.is_aborted:
        return
    planned = await aimed(day, timeline.waiting.pop(0))
    if planned is None:
        return
    now = day.tools.clock.monotonic()
    armed = Armed(fault_at_work(day, planned), now, now)
    timeline.armed.append(armed)
    await _tended(day, timeline, armed, arm(day, armed.work))
    check_absence(day)  # stopped while arming, it woke up to what it had been told to do before


async def _take_back(day: GameDay, timeline: Timeline, armed: Armed) -> None:
    await _tended(day, timeline, armed, disarm(day, armed.work))
    timeline.armed.remove(armed)


async def _tended(
    day: GameDay, timeline: Timeline, armed: Armed, work: Coroutine[object, object, None]
) -> None:
    """Arming and taking back may take their time: the guard goes on, and so do the other faults."""

    async def tend() -> None:
        await guard(day)
        for other in [a for a in timeline.armed if not a.is_busy]:
            await _keep(day, other)

    armed.is_busy = True
    try:
        await run_beside(work, tend, day.tools.clock, PASS_SECONDS)
    finally:
        armed.is_busy = False


async def _keep(day: GameDay, armed: Armed) -> None:
    now = day.tools.clock.monotonic()
    await armed.work.keep()
    age = now - armed.entry_renewed
    if age < LEDGER_RENEW_EVERY.total_seconds():
        return
    if await renew_entry(day, armed.work.planned):
        armed.entry_renewed = now
    elif age >= ENTRY_LOST.total_seconds():
        day.abort("lease", f"its undo entry could not be renewed for {age:.0f} s")


async def _rest(day: GameDay, timeline: Timeline, seconds: float) -> None:
    """Sleep until the next pass, and look meanwhile at what changes faster than that."""
    clock = day.tools.clock
    until = clock.monotonic() + seconds
    while (left := until - clock.monotonic()) > 0 and not day.is_aborted:
        quickest = min(
            (a.work.manner.looked_at_every_seconds for a in timeline.armed), default=left
        )
        await clock.sleep(min(left, quickest))
        for armed in [a for a in timeline.armed if _is_quick(a)]:
            await _look(day, timeline, armed)


def _is_quick(armed: Armed) -> bool:
    return armed.work.manner.looked_at_every_seconds < PASS_SECONDS


async def _look(day: GameDay, timeline: Timeline, armed: Armed) -> None:
    """See its effect, or end the run for want of one; then see whether it is over by itself."""
    if not armed.seen:
        await _look_for_effect(day, armed)
    if armed.seen and await armed.work.is_over():
        await _take_back(day, timeline, armed)


async def _look_for_effect(day: GameDay, armed: Armed) -> None:
    work, fault = armed.work, armed.work.planned.fault
    if await work.is_seen():
        armed.seen = True
        work.recorder.seen(day.journal.mark(f"{fault.id} seen to work", source=work.manner.source))
    elif day.tools.clock.monotonic() - armed.since > work.seen_within_seconds:
        day.abort("dose", f"{fault.id} showed no effect within {work.seen_within_seconds:.0f} s")


def _ends_at(armed: Armed) -> float:
    return armed.work.planned.fault.ends_at.total_seconds()


def _next(timeline: Timeline, now: float, window: float) -> float:
    """Give the time of the next event on the timeline after `now`."""
    ends = [_ends_at(armed) for armed in timeline.armed]
    begins = [planned.fault.at.total_seconds() for planned in timeline.waiting]
    return min([time for time in (*ends, *begins) if time > now] + [window])
