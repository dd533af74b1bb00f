"""uvicorn, leaving in order, and with one clear sentence when it cannot start."""

import gc
import os
import signal
import socket
from types import FrameType

import uvicorn
from starlette.applications import Starlette

from backend.chaos.resetting import ResettingProtocol
from backend.drain import Drain

KEEP_ALIVE_SECONDS = 75
"""Longer than a balancer keeps its idle connections, so that it is never we who close first."""
GRACE_SECONDS = 20
"""For requests in flight after draining; Kubernetes gives 30 in all."""
BACKLOG = 2048


class ListenError(Exception):
    """The address cannot be listened on."""


class DrainingServer(uvicorn.Server):
    """On SIGTERM uvicorn closes its listener at once, which loses requests. This one drains."""

    def __init__(self, config: uvicorn.Config, drain: Drain) -> None:
        super().__init__(config)
        self._drain = drain

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Keep what is there by now out of the collector's way.

        Walking through all of it made one request in a hundred wait five times as long.
        """
        await super().startup(sockets)
        gc.collect()
        gc.freeze()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """A second Ctrl-C ends at once. An orderly leave is no death by signal: exit code 0."""
        del frame
        if sig == signal.SIGINT and self._drain.has_begun:
            self.should_exit = self.force_exit = True
        self._drain.begin()

    async def on_tick(self, counter: int) -> bool:
        self.should_exit |= self._drain.is_over
        return await super().on_tick(counter)


def listen(host: str, port: int) -> socket.socket:
    """Raises `ListenError`."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listener = socket.create_server((host, port), family=family, backlog=BACKLOG)
    except OSError as error:
        raise ListenError(
            f"Cannot listen on {host}:{port} (BACKEND_HOST, BACKEND_PORT): {_reason(error)}."
        ) from error
    # Connections inherit it; asyncio sets it only on its own sockets. Without it an answer's body
    # waits 40 ms for the client's acknowledgement of the head.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener


def _reason(error: OSError) -> str:
    """Without the address, which the sentence names already."""
    if error.errno is None or isinstance(error, socket.gaierror):  # it has numbers of its own
        return str(error.strerror)
    return os.strerror(error.errno)


def new_server(app: Starlette, drain: Drain) -> DrainingServer:
    config = uvicorn.Config(
        app,
        http=ResettingProtocol,
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        backlog=BACKLOG,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
    return DrainingServer(config, drain)
