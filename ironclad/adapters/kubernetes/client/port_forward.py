"""A local port that leads into a pod, through the API server, as `kubectl port-forward` does."""

import asyncio
import contextlib
import itertools
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import aiohttp

from ironclad.adapters.kubernetes.client.api import KubeApi
from ironclad.adapters.kubernetes.client.kinds import kind
from ironclad.errors import IroncladError, UnreachableError

_PROTOCOL = "v4.channel.k8s.io"
_DATA, _ERROR = 0, 1
_CHUNK = 64 * 1024
_LOGGER = logging.getLogger("ironclad.port_forward")


class PodTunnel:
    """Carries one TCP connection after the other; each picks its pod anew."""

    def __init__(
        self, api: KubeApi, namespace: str, port: int, pick: Callable[[], Awaitable[str]]
    ) -> None:
        self._api = api
        self._namespace = namespace
        self._port = port
        self._pick = pick

    @asynccontextmanager
    async def listening(self, local_port: int = 0) -> AsyncIterator[str]:
        """Listen on loopback, on a free port unless one is named; give the base URL."""
        carried: set[asyncio.Task[None]] = set()

        def carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = asyncio.create_task(self._carry(reader, writer))
            carried.add(task)
            task.add_done_callback(carried.discard)

        try:
            server = await asyncio.start_server(carry, "127.0.0.1", local_port)
        except OSError as error:
            raise UnreachableError(
                f"the local port {local_port} cannot be used ({error}); name a free one"
            ) from error
        try:
            yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        finally:
            server.close()
            for task in tuple(carried):
                task.cancel()
            await asyncio.gather(*carried, return_exceptions=True)

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            path = kind("Pod").path(self._namespace, await self._pick(), "portforward")
            async with self._api.websocket(path, [("ports", str(self._port))], _PROTOCOL) as socket:
                await _both(_up(reader, socket), _down(socket, writer))
        except IroncladError as error:
            _LOGGER.warning("%s", error)
        finally:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()


async def _both(*ways: Awaitable[None]) -> None:
    """When one way ends the connection is over; what the other still holds is gone with it."""
    tasks = [asyncio.ensure_future(way) for way in ways]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _up(reader: asyncio.StreamReader, socket: aiohttp.ClientWebSocketResponse) -> None:
    while chunk := await reader.read(_CHUNK):
        await socket.send_bytes(bytes([_DATA]) + chunk)


async def _down(socket: aiohttp.ClientWebSocketResponse, writer: asyncio.StreamWriter) -> None:
    """The first frame of each channel only repeats the port."""
    greeted: set[int] = set()
    async for message in socket:
        if message.type is not aiohttp.WSMsgType.BINARY or not message.data:
            continue
        channel, data = message.data[0], message.data[1:]
        if channel not in greeted:
            greeted.add(channel)
        elif channel == _ERROR:
            _LOGGER.warning("the pod closed the connection: %s", data.decode(errors="replace"))
            return
        else:
            writer.write(data)
            await writer.drain()


def round_robin(names: Callable[[], Awaitable[tuple[str, ...]]]) -> Callable[[], Awaitable[str]]:
    """Pick one name after the other from a list that may change. Raises when it is empty."""
    count = itertools.count()

    async def pick() -> str:
        found = await names()
        if not found:
            raise UnreachableError("no pod is ready to take the connection")
        return found[next(count) % len(found)]

    return pick
