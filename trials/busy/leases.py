"""How near the lock of a live game day came to lapsing."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from ironclad.adapters.files.lock import FileLock

_LOOK_SECONDS = 0.25


@dataclass(slots=True)
class Lease:
    """`least_seconds` is the least that was ever left of it; None where it was never seen."""

    least_seconds: float | None = None

    def see(self, left: float) -> None:
        self.least_seconds = left if self.least_seconds is None else min(left, self.least_seconds)


@asynccontextmanager
async def lease_watched(folder: Path) -> AsyncIterator[Lease]:
    lease = Lease()
    watching = asyncio.create_task(_watch(FileLock(folder), lease))
    try:
        yield lease
    finally:
        watching.cancel()
        await asyncio.wait({watching})


async def _watch(lock: FileLock, lease: Lease) -> None:
    """One that has lapsed has no holder, so what is left is seen shrinking before."""
    while True:
        if holder := await lock.holder():
            lease.see((holder.lease_until - datetime.now(UTC)).total_seconds())
        await asyncio.sleep(_LOOK_SECONDS)
