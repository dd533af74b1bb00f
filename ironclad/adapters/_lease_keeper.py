"""Renews a lease beside the body that needs it, and stops the body when the lease is lost."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

from ironclad.errors import IroncladError, LeaseLapsedError


class LeaseKeeper:
    """Works for the task that makes it, as `asyncio.timeout` does: by cancelling it.

    `renew` says whether the lease is still held. An error of it is tried again until the lease must
    have lapsed.
    """

    def __init__(
        self, renew: Callable[[], Awaitable[bool]], *, every: timedelta, lease: timedelta
    ) -> None:
        body = asyncio.current_task()
        if body is None:
            raise RuntimeError("a lease is kept for a task")
        self._body = body
        self._lost = ""
        self._renewing = asyncio.create_task(self._keep(renew, every, lease))

    async def _keep(
        self, renew: Callable[[], Awaitable[bool]], every: timedelta, lease: timedelta
    ) -> None:
        reason, missed = "", 0
        while missed * every < lease:
            await asyncio.sleep(every.total_seconds())
            try:
                is_held, missed = await renew(), 0
            except IroncladError as error:
                is_held, missed, reason = True, missed + 1, str(error)
            if not is_held:
                reason = "it lapsed and somebody else took it"
                break
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
        self._renewing.cancel()
