"""Time that has to be asked for again and again."""

import asyncio
import time
from collections.abc import Callable

Clock = Callable[[], float]


class Lease:
    """Ends when nobody renews it; a wall clock that is set anew does not move its end."""

    def __init__(self, seconds: float, clock: Clock = time.monotonic) -> None:
        self._clock = clock
        self._expires_at = clock() + seconds
        self._ended = asyncio.Event()

    @property
    def remaining_seconds(self) -> float:
        return 0.0 if self._ended.is_set() else max(0.0, self._expires_at - self._clock())

    @property
    def is_over(self) -> bool:
        return self.remaining_seconds <= 0

    def renew(self, seconds: float) -> None:
        self._expires_at = self._clock() + seconds

    def end(self) -> None:
        self._ended.set()

    async def sleep(self, seconds: float) -> None:
        """As long as asked for, but never beyond the lease, however often that is renewed."""
        wake_at = self._clock() + seconds
        while (rest := min(wake_at - self._clock(), self.remaining_seconds)) > 0:
            try:
                await asyncio.wait_for(self._ended.wait(), rest)
            except TimeoutError:
                continue
