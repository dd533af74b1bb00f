"""The load's lease between the phases, where no guard looks after it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from ironclad.game_day.guard import PASS_SECONDS
from ironclad.game_day.run import GameDay


@asynccontextmanager
async def fed_between_phases(day: GameDay) -> AsyncIterator[None]:
    """Let no load stop because Prefect takes its time from one task to the next.

    Within a phase the guard alone feeds it: a load whose guard hangs has to end.
    """
    feeding = asyncio.create_task(_feed(day))
    try:
        yield
    finally:
        feeding.cancel()
        await asyncio.wait({feeding})


async def _feed(day: GameDay) -> None:
    while True:
        if day.handle is not None and not day.journal.is_in_phase:
            await day.handle.feed()
        await day.tools.clock.sleep(PASS_SECONDS)
