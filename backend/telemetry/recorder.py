"""What became of each request: one look at its headers, one wrapper around its response.

Metrics and the access log both read the `Exchange` that is made here. A wrapper each would cost a
request more than their work.
"""

import itertools
import logging
import re
import secrets
import time
from collections.abc import Awaitable
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Protocol

from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from backend.drain import Drain
from backend.problems import problem_response

logger = logging.getLogger(__name__)

CLIENT_CLOSED_REQUEST = 499
"""The client had closed the connection; nginx's number for it."""
UNMATCHED = "unmatched"

_SANE = re.compile(rb"[A-Za-z0-9._:-]{1,64}")
_TRACEPARENT = re.compile(rb"[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}.*")
_READ = frozenset({b"x-request-id", b"traceparent", b"x-ironclad-run"})


@dataclass(slots=True)
class Exchange:
    method: str
    request_id: str
    """The client's, if it is sane; else a counter behind a random prefix, which is unique enough
    and costs a tenth of a UUID."""
    trace_id: str = ""
    run: str = ""
    """The load generator's, or empty."""
    route: str = UNMATCHED
    """The template, never the raw path."""
    status: int = 0
    started: float = field(default_factory=time.perf_counter)
    seconds: float = 0.0


class Observer(Protocol):
    def begin(self) -> None: ...
    def end(self, exchange: Exchange) -> None: ...


class RecorderMiddleware:
    def __init__(
        self,
        app: ASGIApp,
        *,
        replica: str,
        drain: Drain,
        metrics: Observer,
        log: Observer,
        unobserved: tuple[str, ...],
    ) -> None:
        """Requests to paths that begin with one of `unobserved` are neither counted nor logged."""
        self.app = app
        self._replica = (b"x-ironclad-replica", replica.encode("ascii"))
        self._drain = drain
        self._metrics = metrics
        self._log = log
        self._unobserved = unobserved
        self._ids = itertools.count(1)
        self._prefix = secrets.token_hex(4)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        exchange = self._exchange(scope)
        if scope["path"].startswith(self._unobserved):
            await self._run(exchange, scope, receive, send)
            return
        self._metrics.begin()
        try:
            await self._run(exchange, scope, receive, send)
        finally:
            route = scope.get("route")
            if route is not None:
                exchange.route = route.path
            exchange.status = exchange.status or HTTPStatus.INTERNAL_SERVER_ERROR
            exchange.seconds = time.perf_counter() - exchange.started
            self._metrics.end(exchange)
            self._log.end(exchange)

    def _exchange(self, scope: Scope) -> Exchange:
        exchange = Exchange(scope["method"], f"{self._prefix}-{next(self._ids):x}")
        found = {name: value for name, value in scope["headers"] if name in _READ}
        if found:
            _read(found, exchange)
        if "trace_id" in scope:
            exchange.trace_id = scope["trace_id"]
        return exchange

    async def _run(self, exchange: Exchange, scope: Scope, receive: Receive, send: Send) -> None:
        send = self._naming(exchange, send)
        try:
            await self.app(scope, receive, send)
            exchange.status = exchange.status or CLIENT_CLOSED_REQUEST
        except ClientDisconnect:
            exchange.status = CLIENT_CLOSED_REQUEST
        except Exception:
            begun = bool(exchange.status)
            exchange.status = HTTPStatus.INTERNAL_SERVER_ERROR
            if begun:
                raise  # only a broken connection can tell the client now
            logger.exception("Request %s failed.", exchange.request_id)
            await problem_response(exchange.status, "This is our fault.")(scope, receive, send)

    def _naming(self, exchange: Exchange, send: Send) -> Send:
        # Not a coroutine of its own: one frame less for each message.
        def named(message: Message) -> Awaitable[None]:
            if message["type"] == "http.response.start":
                exchange.status = message["status"]
                self._sign(message, exchange)
            return send(message)

        return named

    def _sign(self, message: Message, exchange: Exchange) -> None:
        headers = message["headers"] = list(message.get("headers", ()))
        headers.append(self._replica)
        headers.append((b"x-request-id", exchange.request_id.encode()))
        if self._drain.has_begun:
            headers.append((b"connection", b"close"))


def _read(found: dict[bytes, bytes], exchange: Exchange) -> None:
    request_id = found.get(b"x-request-id", b"")
    if _SANE.fullmatch(request_id):
        exchange.request_id = request_id.decode()
    if trace := _TRACEPARENT.fullmatch(found.get(b"traceparent", b"")):
        exchange.trace_id = trace[1].decode()
    run = found.get(b"x-ironclad-run", b"")
    if _SANE.fullmatch(run):
        exchange.run = run.decode()
