"""A question beside the guard: one at a time, and a slow answer holds nobody up."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

from ironclad.errors import IroncladError
from ironclad.ports import Clock

Answer = TypeVar("Answer")

PATIENCE_SECONDS = 0.25
"""How long a pass of the guard waits for an answer; one that comes later is taken by the next."""


class Question(Generic[Answer]):
    """Asked again and again. `answered_at` is a monotonic time; `problem` why there is no answer.

    `answer` is the last one that came, or what was given for the time before.
    """

    def __init__(self, ask: Callable[[], Awaitable[Answer]], clock: Clock, answer: Answer) -> None:
        self._ask = ask
        self._clock = clock
        self._asking: asyncio.Future[Answer] | None = None
        self.answer = answer
        self.answered_at = clock.monotonic()
        self.problem = ""

    async def ask(self) -> None:
        """Ask unless the last time is still unanswered, and wait a moment for the answer."""
        if self._asking is None:
            self._asking = asyncio.ensure_future(self._ask())
        await asyncio.wait({self._asking}, timeout=PATIENCE_SECONDS)
        if self._asking.done():
            asking, self._asking = self._asking, None
            self._take(asking)

    def unanswered_seconds(self) -> float:
        return self._clock.monotonic() - self.answered_at

    def close(self) -> None:
        if self._asking is not None:
            self._asking.cancel()

    def _take(self, asking: asyncio.Future[Answer]) -> None:
        try:
            self.answer, self.problem = asking.result(), ""
            self.answered_at = self._clock.monotonic()
        except IroncladError as error:
            self.problem = str(error)
