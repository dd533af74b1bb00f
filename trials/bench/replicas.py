"""Many small replicas: `python -m trials.bench.replicas COUNT TOKEN_FILE`; its ports on one line.

Each is a process with its own port. It serves a trivial route behind the backend's fault middleware
and its control routes. They are forked, so that fifty start at once, and all end with the standard
input of the first.
"""

import logging
import os
import signal
import socket
import sys
from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from backend.bodies import JsonResponse
from backend.chaos import FaultMiddleware, FaultRegistry
from backend.chaos.control import ControlRoutes
from backend.chaos.gate import TokenMiddleware
from backend.server import listen


async def _index(request: Request) -> Response:
    del request
    return JsonResponse({})


def _app(token: str) -> Starlette:
    faults = FaultRegistry()
    guarded = [Middleware(TokenMiddleware, token)]
    breakable = [Middleware(FaultMiddleware, faults)]
    control = ControlRoutes(faults, lambda: {"replica": "stand-in", "breaker": "closed"})
    return Starlette(routes=[Route("/api", _index, middleware=breakable), *control.routes(guarded)])


def _serve(listener: socket.socket, token: str) -> None:
    config = uvicorn.Config(_app(token), http="httptools", log_config=None, access_log=False)
    uvicorn.Server(config).run(sockets=[listener])


def main(count: int, token: str) -> None:
    logging.disable()
    listeners = [listen("127.0.0.1", 0) for _ in range(count)]
    children = []
    for listener in listeners:
        if (child := os.fork()) == 0:
            _serve(listener, token)
            os._exit(0)
        children.append(child)
    sys.stdout.write(" ".join(str(each.getsockname()[1]) for each in listeners) + "\n")
    sys.stdout.flush()
    sys.stdin.read()
    for child in children:
        os.kill(child, signal.SIGKILL)


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]).read_text(encoding="ascii"))
