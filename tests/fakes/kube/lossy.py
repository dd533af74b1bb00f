"""A way to the fake on which answers get lost, or that is cut for those who go by it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from tests.fakes.game_day.cut import Cut

REFUSAL = b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


@dataclass(slots=True)
class Lossy:
    """`loses` holds the methods whose next answer is lost, one entry each.

    Where it is cut, no request gets through.
    """

    port: int
    url: str = ""
    loses: list[str] = field(default_factory=list)
    sent: list[str] = field(default_factory=list)
    """Method and path of each request that came, however it ended."""
    cut: Cut | None = None

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head, body = await _request(reader)
            if self.cut is not None:
                await self._cut_off(self.cut, reader, writer)
                return
            answer = await self._asked(head, body)
            method, path = head.decode().split(" ")[:2]
            self.sent.append(f"{method} {path.partition('?')[0]}")
            if method in self.loses:
                self.loses.remove(method)
            else:
                writer.write(answer)
                await writer.drain()
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    async def _cut_off(
        self, cut: Cut, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        if cut is Cut.REFUSED:
            writer.write(REFUSAL)
            await writer.drain()
        else:
            await reader.read()  # until the other end gives up

    async def _asked(self, head: bytes, body: bytes) -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            writer.write(head.replace(b"\r\n", b"\r\nConnection: close\r\n", 1) + body)
            return await reader.read()
        finally:
            writer.close()


async def _request(reader: asyncio.StreamReader) -> tuple[bytes, bytes]:
    head = await reader.readuntil(b"\r\n\r\n")
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return head, await reader.readexactly(int(line.partition(b":")[2]))
    return head, b""


@asynccontextmanager
async def lossy_way(port: int) -> AsyncIterator[Lossy]:
    """Serve on this event loop before the fake on `port`."""
    way = Lossy(port)
    server = await asyncio.start_server(way.serve, "127.0.0.1", 0)
    way.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with server:
        yield way
