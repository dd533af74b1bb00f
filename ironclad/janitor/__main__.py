"""`python -m ironclad.janitor --stack demo`: run by the supervisor of the stack."""

import argparse
import asyncio
import contextlib
import logging
import socket
from pathlib import Path

import uvicorn
from starlette.applications import Starlette

from ironclad import wiring
from ironclad.domain.stack.platforms import LOCAL, PLATFORMS
from ironclad.domain.stack.stack import DEFAULT_STACK, StackRef
from ironclad.janitor.app import Gate, create_app
from ironclad.janitor.deliveries import DeliveryRecord
from ironclad.processes.priority import GUARD, take_turns_first
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


def main() -> None:
    arguments = _arguments()
    logging.basicConfig(format="%(asctime)s %(levelname)s %(message)s", level=logging.INFO)
    logging.getLogger("httpx").setLevel(logging.WARNING)
    take_turns_first(GUARD)
    asyncio.run(_serve(arguments))


async def _serve(arguments: argparse.Namespace) -> None:
    ref = StackRef(arguments.platform, arguments.stack)
    place = wiring.janitor_place(ref)
    record = arguments.record or place.record
    record.parent.mkdir(parents=True, exist_ok=True)
    host, port = arguments.host or place.host, arguments.port or place.port
    async with wiring.janitor(ref) as janitor:
        gate = Gate(arguments.token_file or place.token)
        await serve(janitor, create_app(janitor, DeliveryRecord(record), gate), host, port)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m ironclad.janitor", description=__doc__)
    parser.add_argument("--platform", choices=PLATFORMS, default=LOCAL)
    parser.add_argument("--stack", default=DEFAULT_STACK)
    parser.add_argument("--host", help="where to listen; what the stack says if left out")
    parser.add_argument("--port", type=int, help="likewise")
    parser.add_argument("--record", type=Path, help="file that deliveries are appended to")
    parser.add_argument("--token-file", type=Path, help="file with the token of those who deliver")
    return parser.parse_args()


if __name__ == "__main__":
    main()
