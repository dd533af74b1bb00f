"""What keeps a fault: time that is asked for again and again, and a request that is held open."""

import asyncio
import math
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Clock = Callable[[], float]


class Lease:
    """Ends without a renewal; a change of the wall clock does not move its end.

    It never lasts longer than `at_most_seconds`, however often it is renewed.
    """

    def __init__(
        self, seconds: float, clock: Clock = time.monotonic, at_most_seconds: float = math.inf
    ) -> None:
        self._clock = clock
        self._last = clock() + at_most_seconds
        self._ended = asyncio.Event()
        self.renew(seconds)

    @property
    def remaining_seconds(self) -> float:
        return 0.0 if self._ended.is_set() else max(0.0, self._expires_at - self._clock())

    @property
    def is_over(self) -> bool:
        return self.remaining_seconds <= 0

    def renew(self, seconds: float) -> None:
        self._expires_at = min(self._clock() + seconds, self._last)

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


class Attachments:
    """The runs that hold a request open here. `ended` gets a run whose runner is gone.

    A runner that lives attaches again within the grace, and nothing ends.
    """

    def __init__(self, ended: Callable[[str], None]) -> None:
        self._ended = ended
        self._held = Counter[str]()
        self._missed: dict[str, asyncio.TimerHandle] = {}

    @property
    def runs(self) -> list[str]:
        return sorted(self._held.keys() | self._missed.keys())

    @contextmanager
    def held(self, run: str, grace_seconds: float) -> Iterator[None]:
        self._held[run] += 1
        if missed := self._missed.pop(run, None):
            missed.cancel()
        try:
            yield
        finally:
            self._held -= Counter([run])
            if run not in self._held:
                loop = asyncio.get_running_loop()
                self._missed[run] = loop.call_later(grace_seconds, self._end, run)

    def _end(self, run: str) -> None:
        del self._missed[run]
        self._ended(run)
