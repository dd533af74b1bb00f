"""The faults on their timeline, under the guard, and off again whatever happens."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from ironclad.domain.journal import PhaseName
from ironclad.domain.plan import PlannedFault
from ironclad.domain.undo import LEDGER_RENEW_EVERY, RENEW_EVERY
from ironclad.game_day import arming
from ironclad.game_day.run import GameDay
from ironclad.game_day.watch import PASS_SECONDS, guard, tell

SEEN_WITHIN_SECONDS = 5.0
"""A fault that has shown no effect by then is not the dose that was asked for."""


@dataclass(slots=True)
class Armed:
    """A fault that is on, with the monotonic times of what it needs next."""

    planned: PlannedFault
    since: float
    renewed: float
    entry_renewed: float
    seen: bool = False


@dataclass(slots=True)
class Timeline:
    """Which faults wait, and which are on."""

    waiting: list[PlannedFault]
    armed: list[Armed] = field(default_factory=list)


async def inject(day: GameDay) -> None:
    """Run the timeline to its end or an abort; every fault is off when this returns or raises."""
    clock, window = day.tools.clock, day.plan.experiment.fault_window.total_seconds()
    with day.journal.phase(PhaseName.FAULT):
        started = clock.monotonic()
        async with _taken_back(day) as timeline:
            while (now := clock.monotonic() - started) < window and not day.is_aborted:
                await _step(day, timeline, now)
                tell(day, "fault", now, window)
                await clock.sleep(max(0.0, min(PASS_SECONDS, _next(timeline, now, window) - now)))


@asynccontextmanager
async def _taken_back(day: GameDay) -> AsyncIterator[Timeline]:
    """Undo on every way out, cancellation included: shielded, and bounded by the lease."""
    timeline = Timeline(sorted(day.plan.faults, key=lambda planned: planned.fault.at))
    try:
        yield timeline
    finally:
        await asyncio.shield(_disarm_all(day, timeline))


async def _disarm_all(day: GameDay, timeline: Timeline) -> None:
    await asyncio.gather(*(arming.disarm(day, armed.planned) for armed in timeline.armed))
    timeline.armed.clear()


async def _step(day: GameDay, timeline: Timeline, now: float) -> None:
    """One pass: what is over ends, the guard looks, what is on is renewed, what is due begins."""
    for armed in [a for a in timeline.armed if now >= a.planned.fault.ends_at.total_seconds()]:
        await arming.disarm(day, armed.planned)
        timeline.armed.remove(armed)
    await guard(day)
    for armed in timeline.armed:
        await _keep(day, armed)
    while timeline.waiting and not day.is_aborted:
        if timeline.waiting[0].fault.at.total_seconds() > now:
            break
        await _begin(day, timeline)


async def _begin(day: GameDay, timeline: Timeline) -> None:
    """On the list before it is armed: a fault that half its targets took must be undone as well."""
    now = day.tools.clock.monotonic()
    armed = Armed(timeline.waiting.pop(0), now, now, now)
    timeline.armed.append(armed)
    await arming.arm(day, armed.planned)


async def _keep(day: GameDay, armed: Armed) -> None:
    now = day.tools.clock.monotonic()
    if now - armed.renewed >= RENEW_EVERY.total_seconds() - PASS_SECONDS / 2:
        await arming.renew(day, armed.planned)
        armed.renewed = now
    if now - armed.entry_renewed >= LEDGER_RENEW_EVERY.total_seconds():
        await arming.renew_entry(day, armed.planned)
        armed.entry_renewed = now
    await _look(day, armed, now)


async def _look(day: GameDay, armed: Armed, now: float) -> None:
    if armed.seen:
        return
    fault = armed.planned.fault
    if await arming.is_seen(day, armed.planned):
        armed.seen = True
        day.note(fault.id, seen_at=day.journal.mark(f"{fault.id} seen to work", source="client"))
    elif now - armed.since > SEEN_WITHIN_SECONDS:
        day.abort("dose", f"{fault.id} showed no effect within {SEEN_WITHIN_SECONDS:.0f} s")


def _next(timeline: Timeline, now: float, window: float) -> float:
    """Give the time of the next event on the timeline after `now`."""
    ends = [armed.planned.fault.ends_at.total_seconds() for armed in timeline.armed]
    begins = [planned.fault.at.total_seconds() for planned in timeline.waiting]
    return min([time for time in (*ends, *begins) if time > now] + [window])
