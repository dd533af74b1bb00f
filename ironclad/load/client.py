"""One attempt over HTTP, and what became of it. Nothing here ever sends a request twice."""

import errno
import secrets
from dataclasses import dataclass

import aiohttp
import yarl

from ironclad.clock import Epoch
from ironclad.domain.experiment.expected_answer import WrongAnswerError, order_id
from ironclad.domain.load.load import Attempt, LoadOrder, Operation
from ironclad.load.mix import Request
from ironclad.once import LostAnswerError, only_once

KEEP_ALIVE_SECONDS = 10.0
"""Below the 30 s of the balancer and the 75 s of uvicorn: who closes first must be the client."""

_BY_ERRNO = {
    errno.ECONNREFUSED: "refused",
    errno.ECONNRESET: "reset",
    errno.EPIPE: "reset",
    errno.EMFILE: "no-free-socket",
    errno.ENFILE: "no-free-socket",
}
_BY_TYPE: tuple[tuple[type[BaseException], str], ...] = (
    (TimeoutError, "timeout"),
    (aiohttp.ServerDisconnectedError, "closed"),
    (aiohttp.ClientPayloadError, "cut"),
    (aiohttp.ClientConnectorDNSError, "unresolved"),
    (ConnectionResetError, "reset"),
)


def open_session(order: LoadOrder) -> aiohttp.ClientSession:
    """Open a session without cookies, redirects, proxies, limits or second tries of its own."""
    timeout = order.load.timeout.total_seconds()
    return aiohttp.ClientSession(
        order.url,
        connector=aiohttp.TCPConnector(limit=0, keepalive_timeout=KEEP_ALIVE_SECONDS),
        cookie_jar=aiohttp.DummyCookieJar(),
        headers={"X-Ironclad-Run": order.run},
        middlewares=(only_once,),
        timeout=aiohttp.ClientTimeout(total=timeout, ceil_threshold=timeout + 1),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Answer:
    status: int | None = None
    error: str = ""
    replica: str = ""
    fault: str = ""
    content_type: str = ""
    body: bytes = b""


class Client:
    def __init__(
        self,
        session: aiohttp.ClientSession,
        run: str,
        epoch: Epoch,
        *,
        requests_per_connection: int = 0,
    ) -> None:
        self._session = session
        self._requests_per_connection = requests_per_connection
        self._keys = f"{run}-{secrets.token_hex(4)}"
        self._epoch = epoch

    async def attempt(self, number: int, intended_at: float, request: Request) -> Attempt:
        is_write = request.operation is Operation.WRITE
        key = request.key or f"{self._keys}-{number}" if is_write else ""
        sent_at = self._epoch.now()
        headers = {"Connection": "close"} if self._is_last(number) else {}
        answer = await self._answer(request, key, headers)
        error, its_id = _judged(request, answer)
        return Attempt(
            number=number,
            operation=request.operation,
            intended_at=intended_at,
            sent_at=sent_at,
            latency_seconds=self._epoch.now() - intended_at,
            status=answer.status,
            error=error,
            replica=answer.replica,
            fault=answer.fault,
            order_id=its_id if is_write else "",
            idempotency_key=key,
        )

    def _is_last(self, number: int) -> bool:
        """Tell whether this hit closes its connection, whichever that is."""
        each = self._requests_per_connection
        return each > 0 and number % each == each - 1

    async def _answer(self, request: Request, key: str, headers: dict[str, str]) -> _Answer:
        try:
            response = await self._send(request, key, headers)
        except Exception as error:  # noqa: BLE001 - whatever became of it is a row
            return _Answer(error=name_of(error))
        return await _read(response)

    async def _send(
        self, request: Request, key: str, headers: dict[str, str]
    ) -> aiohttp.ClientResponse:
        url = yarl.URL(request.path, encoded=True)
        if request.body is None:
            return await self._session.get(url, headers=headers, allow_redirects=False)
        headers = {**headers, "Idempotency-Key": key}
        return await self._session.post(
            url, json=request.body, headers=headers, allow_redirects=False
        )


async def _read(response: aiohttp.ClientResponse) -> _Answer:
    replica = response.headers.get("X-Ironclad-Replica", "")
    fault = response.headers.get("X-Ironclad-Fault", "").replace(" ", "")
    async with response:
        try:
            body = await response.read()
        except Exception as error:  # noqa: BLE001 - an answer cut off is no answer
            return _Answer(error=name_of(error), replica=replica, fault=fault)
    return _Answer(
        status=response.status,
        replica=replica,
        fault=fault,
        content_type=response.headers.get("Content-Type", ""),
        body=body,
    )


def _judged(request: Request, answer: _Answer) -> tuple[str, str]:
    """Give the error, and the id of the order that a right answer holds."""
    if answer.status is None:
        return answer.error, ""
    try:
        found = request.expected.read(answer.status, answer.content_type, answer.body)
    except WrongAnswerError as error:
        return str(error), ""
    return "", order_id(found)


def name_of(error: BaseException) -> str:
    """Name a failure in one word, the same for every reporter."""
    if isinstance(error, LostAnswerError) and error.__cause__ is not None:
        return name_of(error.__cause__)
    if isinstance(error, OSError) and error.errno in _BY_ERRNO:
        return _BY_ERRNO[error.errno]
    return next((name for kind, name in _BY_TYPE if isinstance(error, kind)), type(error).__name__)
