"""The two ends of one relayed connection."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import cast


class Pipe(asyncio.Protocol):
    """One end; what it receives goes out at the other, no faster than that end takes it."""

    def __init__(self) -> None:
        self.transport: asyncio.Transport | None = None
        self.other: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)

    def join(self, other: "Pipe") -> None:
        self.other, other.other = other.transport, self.transport

    def data_received(self, data: bytes) -> None:
        if self.other is not None:
            self.other.write(data)

    def pause_writing(self) -> None:
        if self.other is not None:
            self.other.pause_reading()

    def resume_writing(self) -> None:
        if self.other is not None:
            self.other.resume_reading()

    def connection_lost(self, exc: Exception | None) -> None:
        """What is on its way out at the other end goes first."""
        del exc
        self.transport = None
        if self.other is not None:
            self.other.close()

    def close(self) -> None:
        if self.transport is not None:
            self.transport.close()

    def abort(self) -> None:
        if self.transport is not None:
            self.transport.abort()

    @property
    def is_closed(self) -> bool:
        return self.transport is None


class Inlet(Pipe):
    """The client's end: held unread until the way to the database stands."""

    def __init__(self, connect: Callable[["Inlet"], Awaitable[None]]) -> None:
        super().__init__()
        self._connect = connect
        self._reaching: asyncio.Future[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        cast("asyncio.Transport", transport).pause_reading()
        self._reaching = asyncio.ensure_future(self._connect(self))

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        if self._reaching is not None:
            self._reaching.cancel()
