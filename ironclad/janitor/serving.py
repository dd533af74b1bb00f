"""The rounds and the HTTP server of one janitor. The rounds go on without the server."""

import asyncio
import contextlib
import logging
import socket

import uvicorn
from starlette.applications import Starlette

from ironclad.undo.rounds import Janitor

log = logging.getLogger(__name__)

LISTENS_EVERY_SECONDS = 3.0


async def serve(janitor: Janitor, app: Starlette, host: str, port: int) -> None:
    """Sweep from the first moment on, and answer as soon as the port can be had."""
    rounds = asyncio.create_task(janitor.forever())
    try:
        config = uvicorn.Config(app, access_log=False, log_config=None)
        with await _listening(host, port) as listener:
            await uvicorn.Server(config).serve(sockets=[listener])
    finally:
        rounds.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await rounds


async def _listening(host: str, port: int) -> socket.socket:
    """Try until the port is free. There is no deadline: a janitor that gives up helps less."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    while True:
        try:
            return socket.create_server((host, port), family=family)
        except OSError as error:
            log.error("cannot listen on %s port %d: %s; sweeping goes on", host, port, error)  # noqa: TRY400 - one line each time
            await asyncio.sleep(LISTENS_EVERY_SECONDS)
