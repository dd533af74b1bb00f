"""Renews a lease in a thread of its own, and stops the body that needs it when it is lost.

An event loop may be held for seconds, by rendering or by a machine without a free core. A lease
that lapses meanwhile would give the stack to another while its holder is alive.
"""

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta

from ironclad.errors import IroncladError, LeaseLapsedError


class LeaseKeeper:
    """Works for the task that makes it, as `asyncio.timeout` does: by cancelling it.

    `renew` says whether the lease is still held. An error of it is tried again until one renewal
    before the lease ends: who cannot renew gives up while nobody else can have taken it.
    """

    def __init__(self, renew: Callable[[], bool], *, every: timedelta, lease: timedelta) -> None:
        body = asyncio.current_task()
        if body is None:
            raise RuntimeError("a lease is kept for a task")
        self._body, self._loop = body, asyncio.get_running_loop()
        self._renew = renew
        self._every, self._deadline = every.total_seconds(), (lease - every).total_seconds()
        self._stopped = threading.Event()
        self._lost = ""
        threading.Thread(target=self._keep, name="lease-keeper", daemon=True).start()

    def _keep(self) -> None:
        renewed = time.monotonic()
        while not self._stopped.wait(self._every):
            try:
                is_held, renewed = self._renew(), time.monotonic()
            except (IroncladError, OSError) as error:
                is_held, reason = time.monotonic() - renewed < self._deadline, str(error)
            else:
                reason = "it lapsed and somebody else took it"
            if not is_held:
                with suppress(RuntimeError):  # the loop may be over by now
                    self._loop.call_soon_threadsafe(self._lose, reason)
                return

    def _lose(self, reason: str) -> None:
        """On the loop, where it is stopped as well: a body that has left is not cancelled."""
        if not self._stopped.is_set():
            self._lost = reason
            self._body.cancel()

    @contextmanager
    def telling_the_body(self) -> Iterator[None]:
        """Turn our own cancellation, and no other, into LeaseLapsedError."""
        try:
            yield
        except asyncio.CancelledError:
            if self._lost and self._body.uncancel() == 0:
                raise LeaseLapsedError(f"the stack's lock was lost: {self._lost}") from None
            raise

    async def check(self) -> None:
        """Let a cancellation out that came too late for the body to see."""
        if self._lost:
            await asyncio.sleep(0)

    def stop(self) -> None:
        self._stopped.set()
