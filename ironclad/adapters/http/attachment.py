"""A request that is held open to a replica, so that the replica learns of our end at once.

Python's sockets are closed at an exec, so a child that we start holds none of them.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, suppress
from datetime import UTC, datetime

from ironclad.adapters.http.control import NotHeldError
from ironclad.domain.evidence.journal import Mark
from ironclad.errors import IroncladError

Hold = Callable[[], AbstractAsyncContextManager[AsyncIterator[bytes]]]

_AGAIN_SECONDS = 0.02
_AGAIN_AT_MOST_SECONDS = 0.5


class HeldAttachment:
    """Satisfies `ports.Attachment`. One that breaks is opened again until it is closed."""

    def __init__(self, name: str, hold: Hold) -> None:
        self._name, self._hold = name, hold
        self._marks: list[Mark] = []
        self._lost_at: datetime | None = None
        self._stands = asyncio.get_running_loop().create_future()
        self._holding = asyncio.create_task(self._keep())

    @classmethod
    async def open(cls, name: str, hold: Hold) -> "HeldAttachment | None":
        """None where the replica holds no requests. Raises what the first try raised."""
        attachment = cls(name, hold)
        try:
            await attachment._stands
        except NotHeldError:
            return None
        except BaseException:
            await attachment.close()
            raise
        return attachment

    def news(self) -> tuple[Mark, ...]:
        marks, self._marks = tuple(self._marks), []
        return marks

    async def close(self) -> None:
        self._holding.cancel()
        with suppress(asyncio.CancelledError):
            await self._holding

    async def _keep(self) -> None:
        pause = _AGAIN_SECONDS
        while True:
            try:
                async with self._hold() as parts:
                    self._begun()
                    pause = _AGAIN_SECONDS
                    async for _ in parts:
                        pass
                self._broken("it was ended there")
            except IroncladError as error:
                if not self._stands.done():
                    self._stands.set_exception(error)
                    return
                self._broken(str(error))
            await asyncio.sleep(pause)
            pause = min(2 * pause, _AGAIN_AT_MOST_SECONDS)

    def _begun(self) -> None:
        if not self._stands.done():
            self._stands.set_result(None)
        elif self._lost_at is not None:
            now = datetime.now(UTC)
            away = (now - self._lost_at).total_seconds()
            self._tell(now, f"regained after {away:.2f} s")
        self._lost_at = None

    def _broken(self, why: str) -> None:
        if self._lost_at is None:
            self._lost_at = datetime.now(UTC)
            self._tell(self._lost_at, f"lost: {why}")

    def _tell(self, at: datetime, what: str) -> None:
        self._marks.append(Mark(at, f"the attachment to {self._name} was {what}", "ironclad"))
