"""The machine's own clock, and one that never jumps."""

import asyncio
import time
from datetime import UTC, datetime


class Epoch:
    def __init__(self) -> None:
        self._offset = time.time() - time.monotonic()

    def now(self) -> float:
        """Give seconds since the epoch, as of the start, moved on by the monotonic clock."""
        return self._offset + time.monotonic()


class SystemClock:
    """Satisfies `ports.Clock`."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)
