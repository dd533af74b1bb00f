"""What may not be cut short, and what is tried again until it answers."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import TypeVar

from ironclad.errors import IroncladError
from ironclad.ports import Clock

Given = TypeVar("Given")

AGAIN_SECONDS = 0.5


async def to_the_end(work: Coroutine[object, object, Given]) -> Given:
    """Finish it however often we are told to stop meanwhile; then stop. The work must be bounded.

    A plain `asyncio.shield` lets the second Ctrl-C out, and the loop then ends under the undo.
    """
    task, told = asyncio.ensure_future(work), False
    while not task.done():
        try:
            await asyncio.wait({task})
        except asyncio.CancelledError:
            told = True
    if told:
        task.exception()
        raise asyncio.CancelledError
    return task.result()


async def until_answered(
    ask: Callable[[], Awaitable[Given]], clock: Clock, within_seconds: float
) -> Given:
    """Raises what the last attempt raised, once the time is up."""
    last = clock.monotonic() + within_seconds
    while True:
        try:
            return await ask()
        except IroncladError:
            if clock.monotonic() >= last:
                raise
        await clock.sleep(AGAIN_SECONDS)
