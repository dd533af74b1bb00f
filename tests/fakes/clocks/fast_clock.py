"""A clock that runs ahead of the world: what takes a minute by it takes seconds."""

import asyncio
import time
from datetime import UTC, datetime


class FastClock:
    """Satisfies `ports.Clock`; only its monotonic time runs fast, and it sleeps in real time."""

    def __init__(self, times: float) -> None:
        self._times = times

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic() * self._times

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)
