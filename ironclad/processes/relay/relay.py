"""Connections through, and cut off for as long as somebody says so."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
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


CONNECT_SECONDS = 5.0


class LapsedError(Exception):
    """There is no such cut any more."""


@dataclass(slots=True)
class Relay:
    """A cut ends every open connection and leaves new ones unanswered, as a dropped packet does.

    `cut_by` names who asked for the cut; empty while there is none. `cut_number` tells one cut from
    the next.
    """

    port: int
    cut_by: str = ""
    cut_number: int = 0
    pairs: dict[Inlet, Pipe] = field(default_factory=dict)
    _open: asyncio.Event = field(default_factory=asyncio.Event)
    _lapse: asyncio.TimerHandle | None = None

    def __post_init__(self) -> None:
        self._open.set()

    def inlet(self) -> Inlet:
        return Inlet(self._connect)

    async def _connect(self, inlet: Inlet) -> None:
        try:
            await self._open.wait()
            await self._join(inlet)
        except (OSError, TimeoutError):
            inlet.close()

    async def _join(self, inlet: Inlet) -> None:
        loop = asyncio.get_running_loop()
        async with asyncio.timeout(CONNECT_SECONDS):
            _, outlet = await loop.create_connection(Pipe, "127.0.0.1", self.port)
        if inlet.transport is None or not self._open.is_set():
            outlet.abort()
            inlet.abort()
            return
        inlet.join(outlet)
        self._forget_closed()
        self.pairs[inlet] = outlet
        inlet.transport.resume_reading()

    def _forget_closed(self) -> None:
        for inlet in [each for each in self.pairs if each.is_closed]:
            del self.pairs[inlet]

    @property
    def open_total(self) -> int:
        self._forget_closed()
        return len(self.pairs)

    def cut(self, by: str, lease_seconds: float) -> None:
        self.cut_by = by
        self.cut_number += 1
        self._open.clear()
        self._lapse_in(lease_seconds)
        for inlet, outlet in self.pairs.items():
            inlet.abort()
            outlet.abort()
        self.pairs.clear()

    def renew(self, by: str, lease_seconds: float) -> None:
        if self.cut_by != by:
            raise LapsedError
        self._lapse_in(lease_seconds)

    def heal(self) -> None:
        """Connections that wait are led through; idempotent."""
        self.cut_by = ""
        self._open.set()
        if self._lapse is not None:
            self._lapse.cancel()
            self._lapse = None

    def _lapse_in(self, seconds: float) -> None:
        if self._lapse is not None:
            self._lapse.cancel()
        self._lapse = asyncio.get_running_loop().call_later(seconds, self.heal)
