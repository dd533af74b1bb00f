"""How busy the machine is while a game day lasts: a look each second, beside everything else."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from ironclad.domain.evidence.machine import between
from ironclad.errors import IroncladError
from ironclad.game_day.run import GameDay

LOOK_SECONDS = 1.0


@asynccontextmanager
async def machine_watched(day: GameDay) -> AsyncIterator[None]:
    looking = asyncio.create_task(_look(day))
    try:
        yield
    finally:
        looking.cancel()
        await asyncio.wait({looking})


async def _look(day: GameDay) -> None:
    """End where the platform has no machine of its own, as a cluster has none."""
    machine, clock = day.tools.machine, day.tools.clock
    with suppress(IroncladError):
        before = await machine.counters()
        while before is not None:
            due = clock.monotonic() + LOOK_SECONDS
            await clock.sleep(LOOK_SECONDS)
            lag = clock.monotonic() - due
            if (now := await machine.counters()) is None:
                return
            day.machine.append(between(before, now, lag))
            before = now
