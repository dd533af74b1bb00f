"""Faults that leave a client without an answer."""

import asyncio
import math
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any, ClassVar

from starlette.types import Message, Receive, Scope, Send

from backend.chaos.faults import CannotError, Injection

RESET = "ironclad.reset"
"""The ASGI extension of `resetting.ResettingProtocol`: resets this request's connection."""
HOLD = "ironclad.hold"
"""Its extension for a request that is held open: it does not keep the server from leaving."""

_MOST_READ_AHEAD = 1 << 20


@dataclass(frozen=True, slots=True)
class Hang:
    """Holds the request until the lease ends; then it goes on, unless its client gave up."""

    kind: ClassVar[str] = "hang"
    order: ClassVar[int] = 12

    async def apply(self, injection: Injection, scope: Scope, receive: Receive, send: Send) -> bool:
        del scope, send
        until_over = injection.lease.sleep(math.inf)
        if not isinstance(receive, Rereadable):
            await until_over
            return False
        return await _is_first(receive.until_disconnected(), until_over)


@dataclass(frozen=True, slots=True)
class ConnectionReset:
    """Resets the connection in the place of an answer."""

    kind: ClassVar[str] = "connection-reset"
    order: ClassVar[int] = 15

    async def apply(self, injection: Injection, scope: Scope, receive: Receive, send: Send) -> bool:
        del injection, send
        extension(scope)()
        while (await receive())["type"] != "http.disconnect":
            pass
        return True


def extension(scope: Scope) -> Callable[[], None]:
    """Raises `CannotError` where the server has none."""
    reset = (scope.get("extensions") or {}).get(RESET)
    if reset is None:
        raise CannotError(
            "A connection can be reset only where the server runs the protocol"
            " backend.chaos.resetting.ResettingProtocol."
        )
    found: Callable[[], None] = reset
    return found


class Rereadable:
    """A `receive` whose messages can be looked at before the service reads them."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._kept: list[Message] = []

    async def __call__(self) -> Message:
        return self._kept.pop(0) if self._kept else await self._receive()

    async def until_disconnected(self) -> None:
        """Read ahead until the client is gone; of a large body not all, and then wait for ever."""
        size = 0
        while size <= _MOST_READ_AHEAD:
            message = await self._receive()
            self._kept.append(message)
            if message["type"] == "http.disconnect":
                return
            size += len(message.get("body", b""))
        await asyncio.Event().wait()


async def _is_first(one: Coroutine[Any, Any, None], other: Coroutine[Any, Any, None]) -> bool:
    """Whether `one` ended before `other`; who did not is cancelled."""
    tasks = [asyncio.ensure_future(one), asyncio.ensure_future(other)]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        return tasks[0].done()
    finally:
        for task in tasks:
            task.cancel()
