"""Bounded HTTP calls whose failures are ours. Nothing here tries twice; that is the caller's."""

import asyncio
import json
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any

import httpx

from ironclad.adapters.http.transport import DIRECT, ReplicaTransport
from ironclad.errors import RemoteError, UnreachableError

CONNECT_SECONDS = 1.0
TOTAL_SECONDS = 3.0
_QUOTED = 200

_TRUSTS_NONE = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""For plain HTTP: httpx makes one for each client, and reads every certificate into it."""

MALFORMED = (
    *(KeyError, TypeError, ValueError, IndexError),
    *(AttributeError, OverflowError, RecursionError),
)
"""What reading an answer of the wrong shape may raise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request; `who` names the other side in messages."""

    who: str
    method: str
    url: str
    headers: Mapping[str, str] | None = None
    body: Mapping[str, Any] | None = None
    transport: ReplicaTransport = DIRECT
    total_seconds: float = TOTAL_SECONDS


@dataclass(frozen=True, slots=True)
class Reply:
    call: Call
    status: int
    text: str

    def json(self) -> Any:
        """Raises RemoteError for a body that is not JSON."""
        try:
            return json.loads(self.text)
        except (ValueError, RecursionError) as error:
            raise self.unexpected("is not JSON") from error

    def object(self) -> dict[str, Any]:
        """Raises RemoteError for anything but a JSON object."""
        body = self.json()
        if not isinstance(body, dict):
            raise self.unexpected("is not a JSON object")
        return body

    def unexpected(self, fault: str) -> RemoteError:
        what = f"{self.call.method} {self.call.url}"
        return RemoteError(f"{self.call.who} answered {what} with something that {fault}: {self}")

    def sentence(self) -> str:
        """Give the detail of a problem document (RFC 9457), else the beginning of the body."""
        try:
            body = json.loads(self.text)
            return on_one_line(str(body["detail"]))
        except (ValueError, KeyError, TypeError, RecursionError):
            return on_one_line(self.text)

    def __str__(self) -> str:
        return f"{self.status} {self.sentence()}".strip()


def on_one_line(text: str) -> str:
    """Quote somebody else's words within a sentence of ours."""
    printable = "".join(c if c.isprintable() else " " for c in text[:_QUOTED])
    return " ".join(printable.split())


_NO_ANSWER = (httpx.HTTPError, httpx.InvalidURL, TimeoutError, OSError)


async def send(call: Call) -> Reply:
    """Give whatever the other side answered; raises UnreachableError when it gave no answer."""
    try:
        async with asyncio.timeout(call.total_seconds), _client(call) as client:
            response = await client.send(_request(client, call))
    except _NO_ANSWER as error:
        raise _unreachable(call, error) from error
    return Reply(call, response.status_code, response.text)


@asynccontextmanager
async def held_open(call: Call) -> AsyncIterator[tuple[Reply, AsyncIterator[bytes]]]:
    """Give the first part of an answer that does not end, and what follows for as long as it lasts.

    Raises UnreachableError when the first part does not come, and when the connection breaks.
    """
    try:
        async with AsyncExitStack() as stack:
            async with asyncio.timeout(call.total_seconds):
                client = await stack.enter_async_context(_client(call))
                response = await client.send(_request(client, call), stream=True)
                stack.push_async_callback(response.aclose)
                parts = response.aiter_bytes()
                first = await anext(parts, b"") if response.is_success else await response.aread()
            yield Reply(call, response.status_code, first.decode(errors="replace")), parts
    except _NO_ANSWER as error:
        raise _unreachable(call, error) from error


def _request(client: httpx.AsyncClient, call: Call) -> httpx.Request:
    headers = {**call.transport.headers, **(call.headers or {})}
    return client.build_request(call.method, call.url, headers=headers, json=call.body)


def _client(call: Call) -> httpx.AsyncClient:
    """Open a client for one call: event loops come and go, and so do replicas.

    Each call has a time of its own, so a client bounds the connecting alone.
    """
    return httpx.AsyncClient(
        verify=call.transport.verify or _trust(is_tls=call.url.startswith("https:")),
        trust_env=False,
        timeout=httpx.Timeout(None, connect=CONNECT_SECONDS),
    )


@cache
def _trust(*, is_tls: bool) -> ssl.SSLContext:
    """Read the certificates once, and only where they count: that takes longer than most calls."""
    return ssl.create_default_context() if is_tls else _TRUSTS_NONE


def _unreachable(call: Call, error: Exception) -> UnreachableError:
    if isinstance(error, TimeoutError | httpx.TimeoutException):
        reason = f"nothing within {call.total_seconds:g} s"
    else:
        reason = str(error) or type(error).__name__
    return UnreachableError(f"{call.who} gave no answer to {call.method} {call.url}: {reason}")
