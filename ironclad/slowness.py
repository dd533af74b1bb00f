"""How slow this machine is just now, and deadlines that grow with it.

Work of other programs, such as the start of a server or the build of an image, takes as long as the
machine needs. Its deadline is meant for an idle machine of the usual speed.
"""

import asyncio
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from ironclad.domain.text.durations import format_duration
from ironclad.domain.text.wording import percent

MOST_TIMES = 4.0
"""No deadline grows beyond this, however slow the machine is."""

_STEPS = 1_000_000
_USUAL_SECONDS = 0.06
"""What the steps take on an idle core of a common server."""

_PRESSURE = Path("/proc/pressure/cpu")


@dataclass(frozen=True, slots=True)
class Slowness:
    """The same work takes `times` as long as usual.

    `pressure` is the share of the last ten seconds in which a program waited for a core; None where
    the kernel does not say.
    """

    times: float
    pressure: float | None = None
    cores: int = 1

    def __str__(self) -> str:
        slow = f"this machine takes {self.times:.1f} times as long as usual"
        if self.pressure is None:
            return slow
        share = percent(self.pressure)
        return f"{slow}, and programs waited for its {self.cores} cores in {share} of the time"


def measured_slowness() -> Slowness:
    """Do a fixed piece of work, 60 ms on an idle core, and see how long it takes. Blocks."""
    began = time.perf_counter()
    _work()
    took = time.perf_counter() - began
    return Slowness(max(1.0, took / _USUAL_SECONDS), _pressure(), os.cpu_count() or 1)


def _work() -> None:
    rest = 0
    for step in range(_STEPS):
        rest += step * step % 7


def _pressure() -> float | None:
    """Read `some avg10=83.20 …`."""
    try:
        first = _PRESSURE.read_text(encoding="ascii").split()[1]
        return float(first.removeprefix("avg10=")) / 100
    except (OSError, ValueError, IndexError):
        return None


class Patience:
    """A deadline that grows with the machine's slowness, which is measured once it has passed."""

    def __init__(
        self, deadline: timedelta, measure: Callable[[], Slowness] = measured_slowness
    ) -> None:
        self._usual = self._limit = deadline
        self._measure = measure
        self._slowness: Slowness | None = None

    async def is_over(self, waited_seconds: float) -> bool:
        """Measuring takes a moment, so it is done in a thread and only when it matters."""
        if waited_seconds < self._limit.total_seconds():
            return False
        self._slowness = await asyncio.to_thread(self._measure)
        times = min(MOST_TIMES, self._slowness.times)
        self._limit = max(self._limit, self._usual * round(times, 1))
        return waited_seconds >= self._limit.total_seconds()

    async def lasts_until(self, done: "asyncio.Future[Any]") -> bool:
        """Wait for it, and say whether it was done in time; it goes on where it was not."""
        began = time.monotonic()
        while not done.done():
            waited = time.monotonic() - began
            if await self.is_over(waited):
                return False
            await asyncio.wait({done}, timeout=self._limit.total_seconds() - waited)
        return True

    @property
    def reason(self) -> str:
        """Say why it is longer than usual; empty while it is not."""
        if self._limit == self._usual:
            return ""
        return f"{format_duration(self._usual)} where the machine is idle; {self._slowness}"

    def __str__(self) -> str:
        limit = format_duration(self._limit)
        return f"{limit} ({self.reason})" if self.reason else limit


def longest(deadline: timedelta) -> timedelta:
    """Give what `Patience` never exceeds."""
    return deadline * MOST_TIMES
