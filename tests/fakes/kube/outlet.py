"""The fake on a port that stays the same when it goes away and comes back."""

import asyncio
import http.client
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from starlette.applications import Starlette
from starlette.routing import Route, WebSocketRoute

from tests.fakes.kube.server import FakeKube

_METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]


class Outlet:
    def __init__(self, kube: FakeKube) -> None:
        self.kube = kube
        routes = [
            Route("/{path:path}", kube.answer, methods=_METHODS),
            WebSocketRoute("/{path:path}", kube.channels.answer),
        ]
        self._app = Starlette(routes=routes)
        self._server: uvicorn.Server | None = None
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        # With its protocol named, or asyncio leaves Nagle's algorithm on: 40 ms a request.
        sock = socket.socket(proto=socket.IPPROTO_TCP)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind(("127.0.0.1", self.kube.port))
        self.kube.port = sock.getsockname()[1]
        config = uvicorn.Config(self._app, log_level="critical", access_log=False, lifespan="off")
        self._server = uvicorn.Server(config)
        self.kube.store.changed = asyncio.Condition()  # each start has a loop of its own
        self._thread = threading.Thread(
            target=self._server.run, kwargs={"sockets": [sock]}, daemon=True
        )
        self._thread.start()
        self._until_it_answers()

    def stop(self) -> None:
        """End it with every connection and watch, as a crash would."""
        if self._server is not None and self._thread is not None:
            self._server.force_exit = self._server.should_exit = True
            self._thread.join(10)
        self._server = self._thread = None

    def _until_it_answers(self) -> None:
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            try:
                connection = http.client.HTTPConnection("127.0.0.1", self.kube.port, timeout=1)
                connection.request("GET", "/version", headers={"Authorization": "Bearer good"})
                connection.getresponse().read()
                connection.close()
            except OSError:
                time.sleep(0.01)
            else:
                return
        raise TimeoutError("the fake API server did not start within 10 s")


@contextmanager
def fake_kube() -> Iterator[Outlet]:
    outlet = Outlet(FakeKube())
    outlet.start()
    try:
        yield outlet
    finally:
        outlet.stop()
