"""Awaiting with care: beside other work, to completion, and again until it succeeds."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from ironclad.errors import IroncladError
from ironclad.ports import Clock

Given = TypeVar("Given")

RETRY_SECONDS = 0.5


async def run_to_completion(work: Coroutine[object, object, Given]) -> Given:
    """Finish the work however often its caller is cancelled; then be cancelled. It must be bounded.

    A plain `asyncio.shield` lets the second Ctrl-C out, and the loop then ends under the undo.
    """
    task, is_cancelled = asyncio.ensure_future(work), False
    while not task.done():
        try:
            await asyncio.wait({task})
        except asyncio.CancelledError:
            is_cancelled = True
    if is_cancelled:
        task.exception()
        raise asyncio.CancelledError
    return task.result()


@asynccontextmanager
async def in_background(work: Coroutine[object, object, None]) -> AsyncIterator[None]:
    """Run the work while the body runs; it is over when this is left."""
    task = asyncio.create_task(work)
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait({task})


async def run_beside(
    work: Coroutine[object, object, Given],
    beside: Callable[[], Awaitable[None]],
    clock: Clock,
    every_seconds: float,
) -> Given:
    """Return the work's result, and call `beside` meanwhile. The work is over however this ends."""
    task = asyncio.ensure_future(work)
    try:
        while not await _is_done_within(task, clock, every_seconds):
            await beside()
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


async def retry_until(
    ask: Callable[[], Awaitable[Given]], clock: Clock, within_seconds: float
) -> Given:
    """Ask again until there is an answer; raises the last error after `within_seconds`."""
    last = clock.monotonic() + within_seconds
    while True:
        try:
            return await ask()
        except IroncladError:
            if clock.monotonic() >= last:
                raise
        await clock.sleep(RETRY_SECONDS)
