"""A question beside the guard: one at a time, and a slow answer holds nothing up."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

from ironclad.errors import IroncladError
from ironclad.ports import Clock

Answer = TypeVar("Answer")

PATIENCE_SECONDS = 0.25
"""How long a pass of the guard waits for an answer; one that comes later is taken by the next."""


class Question(Generic[Answer]):
    """Asked again and again. `answers` counts them; `problem` says why there is none just now.

    `answer` is the last one that came, or what was given for the time before.
    """

    def __init__(self, ask: Callable[[], Awaitable[Answer]], clock: Clock, answer: Answer) -> None:
        self._ask = ask
        self._clock = clock
        self._asking: asyncio.Future[Answer] | None = None
        self.answer = answer
        self.answers = 0
        self.problem = ""
        self._silent_since: float | None = None

    async def ask(self) -> None:
        """Ask unless the last time is still unanswered, and wait a moment for the answer."""
        if self._asking is None:
            self._asking = asyncio.ensure_future(self._ask())
        if self._silent_since is None:
            self._silent_since = self._clock.monotonic()
        await asyncio.wait({self._asking}, timeout=PATIENCE_SECONDS)
        if self._asking.done():
            asking, self._asking = self._asking, None
            self._take(asking)

    def unanswered_seconds(self) -> float:
        """How long it has been asked in vain; 0 while it is not asked."""
        if self._silent_since is None:
            return 0.0
        return self._clock.monotonic() - self._silent_since

    def close(self) -> None:
        """A late answer is dropped, an error as well."""
        if self._asking is None or self._asking.cancel():
            return
        if not self._asking.cancelled():
            self._asking.exception()

    def _take(self, asking: asyncio.Future[Answer]) -> None:
        try:
            self.answer, self.problem = asking.result(), ""
            self.answers += 1
            self._silent_since = None
        except IroncladError as error:
            self.problem = str(error)
