"""Something that takes its time, with the rest looked after meanwhile."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeVar

from ironclad.ports import Clock

Given = TypeVar("Given")


async def tended(
    work: Coroutine[object, object, Given],
    tend: Callable[[], Awaitable[None]],
    clock: Clock,
    every_seconds: float,
) -> Given:
    """Give what the work gives. However this ends, the work is over by then."""
    task = asyncio.ensure_future(work)
    try:
        while not await _is_done_within(task, clock, every_seconds):
            await tend()
        return task.result()
    except BaseException:
        if not task.done():
            task.cancel()
            await asyncio.wait({task})
        raise


async def _is_done_within(task: asyncio.Future[Given], clock: Clock, seconds: float) -> bool:
    pause = asyncio.ensure_future(clock.sleep(seconds))
    try:
        both: set[asyncio.Future[Any]] = {task, pause}
        await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
    finally:
        pause.cancel()
    return task.done()
