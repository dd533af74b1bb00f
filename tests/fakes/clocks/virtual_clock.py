"""Time that passes at once: sleepers wake in order, as soon as nothing else has anything to do."""

import asyncio
import heapq
from datetime import UTC, datetime, timedelta

EPOCH = datetime(2026, 1, 5, 10, 0, tzinfo=UTC)
_SPINS = 30
"""Rounds of the event loop in which everybody who can go on does so before time moves."""


class VirtualClock:
    """Satisfies `ports.Clock`."""

    def __init__(self, start: datetime = EPOCH) -> None:
        self._start = start
        self._elapsed = 0.0
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []
        self._number = 0
        self._is_turning = False

    def now(self) -> datetime:
        return self._start + timedelta(seconds=self._elapsed)

    def monotonic(self) -> float:
        return self._elapsed

    def jump(self, seconds: float) -> None:
        """Pass time without running anything, as for a process that was stopped."""
        self._elapsed += seconds

    def set_back(self, by: timedelta) -> None:
        """Change the time of day alone, as a person or NTP does; ahead if negative."""
        self._start -= by

    async def sleep(self, seconds: float) -> None:
        future = asyncio.get_running_loop().create_future()
        self._number += 1
        heapq.heappush(self._sleepers, (self._elapsed + max(0.0, seconds), self._number, future))
        if not self._is_turning:
            self._is_turning = True
            self._turn(_SPINS)
        await future

    def _turn(self, spins: int) -> None:
        if spins:
            asyncio.get_running_loop().call_soon(self._turn, spins - 1)
            return
        while self._sleepers:
            wake_at, _, future = heapq.heappop(self._sleepers)
            if not future.done():
                self._elapsed = max(self._elapsed, wake_at)
                future.set_result(None)
                break
        self._is_turning = bool(self._sleepers)
        if self._is_turning:
            self._turn(_SPINS)
