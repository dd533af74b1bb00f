"""Renews a stack's lock in a thread, and stops the work under it before the lease ends.

A thread renews, for an event loop may be held for seconds by rendering or by a machine without a
free core. The loop of the work watches the deadline: there alone the work can be stopped, and no
renewal that hangs is in its way.
"""

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from datetime import timedelta

from ironclad.concurrency import run_to_completion
from ironclad.errors import IroncladError, LeaseLapsedError

_GIVES_UP_AFTER = 2 / 3
"""Of the lease, counted from when the last good renewal was sent. The rest is for the work to end.

Source: client-go, package `leaderelection`: a lease of 15 s, a renew deadline of 10 s, and the
deadline has to be the shorter one.
"""

_TRIES_A_PERIOD = 5
"""A failed renewal is tried again after this part of the time between two."""


@asynccontextmanager
async def kept(
    renew: Callable[[float], None],
    release: Callable[[], Coroutine[object, object, None]],
    *,
    since: float,
    lease: timedelta,
    every: timedelta,
) -> AsyncIterator[None]:
    """Keep a lease that was asked for at the monotonic time `since`, until the block ends.

    `renew` gets the seconds that it may take, and raises LeaseLapsedError where another holder has
    the lease. Other errors are tried again. The block that loses its lease is cancelled, as by
    `asyncio.timeout`, and LeaseLapsedError comes out. What it then takes back is still covered by
    renewals, as long as they succeed. Only what is still held is released.
    """
    keeper = _Keeper(renew, since, lease.total_seconds(), every.total_seconds())
    try:
        yield
        keeper.check()
    except (Exception, asyncio.CancelledError) as error:
        if keeper.loss and keeper.work.uncancel() == 0:
            raise LeaseLapsedError(keeper.loss) from error
        raise
    finally:
        keeper.stop()
        if keeper.is_held:
            await run_to_completion(release())


class _Keeper:
    def __init__(
        self, renew: Callable[[float], None], since: float, lease: float, every: float
    ) -> None:
        work = asyncio.current_task()
        if work is None:
            raise RuntimeError("a lease is kept for a task")
        self.work, self._loop = work, asyncio.get_running_loop()
        self._renew, self._lease, self._every = renew, lease, every
        self._deadline = since + lease * _GIVES_UP_AFTER
        self._problem = "none has come back"
        self._stopped = threading.Event()
        self.loss = ""
        self._timer = self._loop.call_at(self._deadline, self._look)
        threading.Thread(target=self._keep, name="lease-keeper", daemon=True).start()

    @property
    def is_held(self) -> bool:
        return time.monotonic() < self._deadline

    def check(self) -> None:
        """Tell of a loss whose cancellation was swallowed below the block."""
        if self.loss:
            raise LeaseLapsedError(self.loss)

    def stop(self) -> None:
        self._stopped.set()
        self._timer.cancel()

    def _keep(self) -> None:
        pause = self._every
        while not self._stopped.wait(pause):
            began = time.monotonic()
            try:
                self._renew(self._every)
                self._deadline, pause = began + self._lease * _GIVES_UP_AFTER, self._every
            except LeaseLapsedError as error:
                self._tell_of_another(str(error))
                return
            except (IroncladError, OSError) as error:
                self._problem = str(error) or "no answer in time"
                pause = self._every / _TRIES_A_PERIOD

    def _tell_of_another(self, holder: str) -> None:
        self._deadline = 0.0
        with suppress(RuntimeError):  # the loop may be over by now
            self._loop.call_soon_threadsafe(self._lose, holder)

    def _look(self) -> None:
        if self.is_held:
            self._timer = self._loop.call_at(self._deadline, self._look)
        else:
            seconds = self._lease * _GIVES_UP_AFTER
            self._lose(f"no renewal in {seconds:.3g} s of {self._lease:g} s ({self._problem})")

    def _lose(self, reason: str) -> None:
        """On the loop, where it is stopped as well: work that has ended is not cancelled."""
        if self.loss or self._stopped.is_set():
            return
        self.loss = (
            f"the stack's lock was lost and the work under it stopped: {reason};"
            " look at the stack, then start again"
        )
        self.work.cancel(self.loss)
