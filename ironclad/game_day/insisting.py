"""What is tried again until it answers."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from ironclad.errors import IroncladError
from ironclad.ports import Clock

Given = TypeVar("Given")

AGAIN_SECONDS = 0.5


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
