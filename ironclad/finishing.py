"""Work that may not be cut short, however often its caller is cancelled meanwhile."""

import asyncio
from collections.abc import Coroutine
from typing import TypeVar

Given = TypeVar("Given")


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
