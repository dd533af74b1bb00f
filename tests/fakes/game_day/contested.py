"""One stack's lock in two hands, with short leases: the holder's way can be cut, the other's not.

The other one is as bold as can be: it takes the lock at the moment that the lease is over.
"""

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from ironclad.adapters.files.lock import FileLock
from ironclad.adapters.kubernetes.client.api import KubeApi
from ironclad.adapters.kubernetes.game_day.lock import KubernetesLock
from ironclad.clock import SystemClock
from ironclad.errors import BusyError, StateError
from ironclad.ports import StackLock
from tests.fakes.game_day.cut import Cut
from tests.fakes.kube.asked import asked_cluster, reached_at
from tests.fakes.kube.lossy import lossy_way
from tests.fakes.kube.outlet import fake_kube

SECOND = timedelta(seconds=1)
_IN_CLUSTER = SECOND
"""A Lease counts in whole seconds."""
_IN_FILE = 0.3 * SECOND


@dataclass(slots=True, kw_only=True)
class Contested:
    holder: StackLock
    near: StackLock
    """As the holder's, by a way that is never cut and needs no event loop of the test."""
    other: StackLock
    """Its own lease is long: whatever soon writes to its lock is not its own renewal."""
    lease: timedelta
    cut: Callable[[Cut | None], None]
    """Cut the holder's way, or mend it."""
    worked: list[float] = field(default_factory=list)
    """When the work under the lock did something."""

    async def work(self) -> None:
        """Go on until it is stopped."""
        while True:
            self.worked.append(time.monotonic())
            await asyncio.sleep(0.005)

    @asynccontextmanager
    async def taken_by_the_other(self) -> AsyncIterator[float]:
        """Take the lock as soon as it can be had, and give when that was."""
        while True:
            with suppress(BusyError):
                async with self.other.held("run-2", "deploy-stack", "bert"):
                    yield time.monotonic()
                    return
            await asyncio.sleep(0.01)

    async def when_taken(self) -> float:
        async with self.taken_by_the_other() as when:
            return when


class _FileBehindACut(FileLock):
    cut: Cut | None = None

    def _renew(self, token: str) -> None:
        if self.cut is Cut.REFUSED:
            raise StateError("the disk is full")
        while self.cut is Cut.UNANSWERED:
            _PAUSE.wait(0.01)
        super()._renew(token)


_PAUSE = threading.Event()


@asynccontextmanager
async def in_a_file(folder: Path) -> AsyncIterator[Contested]:
    holder = _FileBehindACut(folder, lease=_IN_FILE, renew_every=_IN_FILE / 5)
    near = FileLock(folder, lease=_IN_FILE, renew_every=_IN_FILE / 5)

    def cut(how: Cut | None) -> None:
        holder.cut = how

    yield Contested(holder=holder, near=near, other=FileLock(folder), lease=_IN_FILE, cut=cut)
    holder.cut = None


class _Bold(SystemClock):
    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(0)


@asynccontextmanager
async def in_a_cluster(_: Path) -> AsyncIterator[Contested]:
    with fake_kube() as outlet:
        async with (
            asked_cluster(outlet, "demo") as asked,
            lossy_way(outlet.kube.port) as way,
            KubeApi(reached_at(way.url)) as api,
        ):

            def cut(how: Cut | None) -> None:
                way.cut = how

            yield Contested(
                holder=_brief(api),
                near=_brief(asked.api),
                other=KubernetesLock(asked.api, "demo", _Bold()),
                lease=_IN_CLUSTER,
                cut=cut,
            )


def _brief(api: KubeApi) -> KubernetesLock:
    return KubernetesLock(
        api, "demo", SystemClock(), lease=_IN_CLUSTER, renew_every=_IN_CLUSTER / 5
    )


PLACES: dict[str, Callable[[Path], AbstractAsyncContextManager[Contested]]] = {
    "a file": in_a_file,
    "a cluster": in_a_cluster,
}
