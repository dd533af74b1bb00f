"""A process that ends with the one that started it, in good order and within a second."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

LOOK_SECONDS = 0.5


@asynccontextmanager
async def cancelled_without_parent(why: str) -> AsyncIterator[None]:
    """Cancel the body once our parent is gone; `why` is what the cancellation says.

    An orphan gets another parent, so there is no need to look at the old one, whose id may be taken
    again by then.
    """
    body = asyncio.current_task()
    if body is None:
        raise RuntimeError("only a task can be cancelled")
    watching = asyncio.create_task(_cancel_when_orphaned(body, os.getppid(), why))
    try:
        yield
    finally:
        watching.cancel()


async def _cancel_when_orphaned(body: asyncio.Task[object], parent: int, why: str) -> None:
    while os.getppid() == parent:  # noqa: ASYNC110 - the kernel sets no event for an orphan
        await asyncio.sleep(LOOK_SECONDS)
    body.cancel(why)
