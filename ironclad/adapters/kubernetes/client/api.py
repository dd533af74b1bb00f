"""Requests to one API server: plain mappings in and out, errors of ours, retries that end."""

import asyncio
import json
import ssl
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Self
from urllib.parse import urlencode

import aiohttp
from kubernetes.aio.client import ApiClient

from ironclad.adapters.kubernetes.client.access import Access, Credentials, load
from ironclad.adapters.kubernetes.client.failures import (
    FORBIDDEN,
    TOO_MANY,
    UNAUTHORIZED,
    KubeError,
    names_its_user,
    refusal,
    trimmed,
)
from ironclad.adapters.kubernetes.client.kinds import Kind
from ironclad.domain.kubernetes.kube_object import KubeObject, section
from ironclad.errors import UnreachableError
from ironclad.once import LostAnswerError, only_once

_WHO_AM_I = "/apis/authentication.k8s.io/v1/selfsubjectreviews"

Query = Mapping[str, str | int | bool | None]

_PAUSES_SECONDS = (0.2, 0.4, 0.8, 1.6, 3.2)
"""Between the tries of a request that may be repeated: six tries in about 6 s."""

_SHORT_PAUSES_SECONDS = (0.2,)

_LONGEST_PAUSE_SECONDS = 10.0
_TRY_AGAIN = frozenset({TOO_MANY, 500, 502, 503, 504})
_SILENCES = (aiohttp.ClientError, LostAnswerError, TimeoutError, OSError)
_AT_ONCE = 16
"""Requests in flight; more only queue in a small API server."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A request as a value. `again` says that repeating it does no harm."""

    method: str
    path: str
    query: Query | None = None
    body: Any = None
    content_type: str = "application/json"
    accept: str = "application/json"
    timeout_seconds: float = 30.0
    again: bool = True

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


class KubeApi:
    """Logs in at the first request, and anew when a credential runs out. Close it when done."""

    def __init__(
        self, access: Access, *, pauses_seconds: Sequence[float] = _PAUSES_SECONDS
    ) -> None:
        self._access = access
        self._pauses_seconds = pauses_seconds
        self._credentials: Credentials | None = None
        self._client: Any = None
        self._retired: list[Any] = []
        self._login = asyncio.Lock()
        self._slots = asyncio.Semaphore(_AT_ONCE)

    async def __aenter__(self) -> Self:
        await self.credentials()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    def beside(self) -> "KubeApi":
        """Give a client for the loop of another thread, with the same login.

        No request of ours is in its way, and it soon gives up: its user tries again by itself.
        """
        other = KubeApi(self._access, pauses_seconds=_SHORT_PAUSES_SECONDS)
        if self._credentials is not None:
            other._use(self._credentials)
        return other

    async def aclose(self) -> None:
        clients = [*self._retired, self._client] if self._client else self._retired
        self._client, self._credentials, self._retired = None, None, []
        for client in clients:
            await client.close()

    @property
    def context(self) -> str:
        """The context's name for messages; before the first login, what was asked for."""
        return self._credentials.context if self._credentials else self._access.context or "?"

    async def credentials(self) -> Credentials:
        """Give credentials that are good for now; logs in if there are none."""
        async with self._login:
            if self._credentials is None or self._credentials.is_stale():
                await self._log_in()
        if self._credentials is None:
            raise UnreachableError("the connection to the API server was closed")
        return self._credentials

    async def _log_in(self) -> None:
        fresh = await load(self._access)
        if self._client is not None:
            self._retired.append(self._client)
        self._use(fresh)

    def _use(self, fresh: Credentials) -> None:
        fresh.configuration.client_session_kwargs = {"middlewares": (only_once,)}
        self._credentials, self._client = fresh, ApiClient(configuration=fresh.configuration)

    async def get(self, path: str, query: Query | None = None) -> KubeObject:
        return await self.call(Call(method="GET", path=path, query=query))

    async def find(self, path: str) -> KubeObject | None:
        """Get one object; None when there is none."""
        try:
            return await self.get(path)
        except KubeError as error:
            if error.is_missing:
                return None
            raise

    async def items(self, of: Kind, namespace: str = "", labels: str = "") -> list[KubeObject]:
        """List objects of one kind, each with what a list leaves out: what it is."""
        page = await self.get(of.path(namespace), {"labelSelector": labels or None})
        about = {"kind": of.name, "apiVersion": of.api_version}
        return [{**item, **about} for item in page.get("items") or ()]

    async def post(self, path: str, body: Any, *, again: bool = True) -> KubeObject:
        return await self.call(Call(method="POST", path=path, body=body, again=again))

    async def apply(
        self, path: str, body: KubeObject, manager: str, *, force: bool, query: Query | None = None
    ) -> KubeObject:
        """Apply on the server's side, as a field manager."""
        query = {"fieldManager": manager, "force": force, **(query or {})}
        return await self._patch(path, body, query, "application/apply-patch+yaml")

    async def merge(self, path: str, body: KubeObject, manager: str | None) -> KubeObject:
        """Patch what the body names, as a field manager or as none."""
        query = {"fieldManager": manager}
        return await self._patch(path, body, query, "application/merge-patch+json")

    async def _patch(self, path: str, body: KubeObject, query: Query, form: str) -> KubeObject:
        return await self.call(
            Call(method="PATCH", path=path, query=query, body=dict(body), content_type=form)
        )

    async def delete(self, path: str, body: Any = None) -> None:
        """One that is gone already is fine."""
        try:
            await self.call(Call(method="DELETE", path=path, body=body))
        except KubeError as error:
            if not error.is_missing:
                raise

    async def text(self, path: str, query: Query | None = None) -> str:
        """Get what is no JSON, such as a container's log."""
        call = Call(method="GET", path=path, query=query, accept="*/*")
        return (await self._answer(call)).decode(errors="replace")

    async def call(self, call: Call) -> KubeObject:
        """Send it and parse the answer. Raises KubeError, or UnreachableError without one."""
        body = await self._answer(call)
        try:
            answer = json.loads(body or b"{}")
        except ValueError as error:
            raise KubeError(
                f"context {self.context}: {call} gave no JSON: {trimmed(repr(body[:200]))}",
                status=200,
            ) from error
        return answer if isinstance(answer, dict) else {"items": answer}

    async def _answer(self, call: Call) -> bytes:
        pauses = iter(self._pauses_seconds)
        while True:
            used = await self.credentials()
            try:
                return await self._once(call)
            except (KubeError, UnreachableError) as error:
                pause = next(pauses, None)
                if pause is None or not self._may_repeat(call, error, used):
                    raise
                await asyncio.sleep(max(pause, _asked_pause(error)))

    def _may_repeat(self, call: Call, error: Exception, used: Credentials) -> bool:
        """After a 429 anything may be sent again (it was turned away unread), after a 401 once."""
        if not isinstance(error, KubeError):
            return call.again
        if error.status == UNAUTHORIZED:
            return self._log_in_anew(used)
        if error.is_of_a_budget:
            return False
        return error.status == TOO_MANY or (call.again and error.status in _TRY_AGAIN)

    def _log_in_anew(self, used: Credentials) -> bool:
        """Drop refused credentials, unless they are fresh: then a login would not help either."""
        if used.is_fresh():
            return False
        if self._credentials is used and self._client is not None:
            self._retired.append(self._client)
            self._client, self._credentials = None, None
        return True

    async def _once(self, call: Call) -> bytes:
        async with self._slots, self._answered(call) as response:
            return bytes(await response.read())

    @asynccontextmanager
    async def lines(self, call: Call) -> AsyncIterator[AsyncIterator[bytes]]:
        """Open a stream (a watch, a followed log) and give its lines as they come."""
        async with self._answered(call) as response:
            yield self._translated(call, response)

    async def _translated(
        self, call: Call, response: aiohttp.ClientResponse
    ) -> AsyncIterator[bytes]:
        try:
            async for line in response.content:
                yield line
        except _SILENCES as error:
            raise self._silence(call, error) from error

    @asynccontextmanager
    async def _answered(self, call: Call) -> AsyncIterator[aiohttp.ClientResponse]:
        response = await self._send(call)
        try:
            if response.status >= 300:  # noqa: PLR2004
                raise await self._refused(call, response)
            yield response
        except _SILENCES as error:
            raise self._silence(call, error) from error
        finally:
            response.release()

    @asynccontextmanager
    async def websocket(
        self, path: str, pairs: Sequence[tuple[str, str]], protocol: str
    ) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
        """Open a channel into a pod (attach, exec, port-forward); `pairs` may repeat a name."""
        call = Call(method="GET", path=path)
        url, headers = f"{await self.url(path)}?{urlencode(pairs)}", await self.headers()
        rest = self._client.rest_client
        if rest.pool_manager is None:
            rest.pool_manager = rest._create_pool_manager()  # noqa: SLF001 - as the package's own
        try:
            async with rest.pool_manager.ws_connect(
                url, headers=headers, protocols=(protocol,), max_msg_size=0, heartbeat=10.0
            ) as socket:
                yield socket
        except aiohttp.WSServerHandshakeError as error:
            raise await self._turned_away(call, error.status) from error
        except _SILENCES as error:
            raise self._silence(call, error) from error

    async def _send(self, call: Call) -> aiohttp.ClientResponse:
        headers = {
            **await self.headers(),
            "Accept": call.accept,
            "Content-Type": call.content_type,
        }
        url = await self.url(call.path, call.query)
        try:
            answer = await self._client.rest_client.request(
                call.method,
                url,
                headers=headers,
                body=call.body,
                _request_timeout=aiohttp.ClientTimeout(total=call.timeout_seconds, connect=5.0),
            )
        except _SILENCES as error:
            raise self._silence(call, error) from error
        response: aiohttp.ClientResponse = answer.response
        return response

    async def headers(self) -> dict[str, str]:
        """Give the headers that log a request in; empty with a client certificate."""
        settings = await (await self.credentials()).configuration.auth_settings()
        return {each["key"]: each["value"] for each in settings.values() if each["value"]}

    async def trust(self) -> ssl.SSLContext:
        """Give what verifies the API server, with our client certificate if there is one."""
        await self.credentials()
        context: ssl.SSLContext = self._client.rest_client.ssl_context
        return context

    async def url(self, path: str, query: Query | None = None) -> str:
        host = str((await self.credentials()).configuration.host)
        said = {key: _said(value) for key, value in (query or {}).items() if value is not None}
        return f"{host}{path}?{urlencode(said)}" if said else f"{host}{path}"

    async def _refused(self, call: Call, response: aiohttp.ClientResponse) -> KubeError:
        error = await self._turned_away(call, response.status, await response.read())
        asked = _seconds(response.headers.get("Retry-After"))
        error.retry_after_seconds = asked or error.retry_after_seconds
        return error

    async def _turned_away(self, call: Call, status: int, body: bytes = b"") -> KubeError:
        is_silent = status == FORBIDDEN and not names_its_user(body)
        user = await self.user() if is_silent and call.path != _WHO_AM_I else ""
        return refusal(self.context, str(call), status, body, user)

    async def user(self) -> str:
        """Ask who we are; empty where even that is refused."""
        review = {"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"}
        try:
            answer = await self.post(_WHO_AM_I, review)
        except (KubeError, UnreachableError):
            return ""
        return str(section(answer, "status", "userInfo").get("username", ""))

    def _silence(self, call: Call, error: Exception) -> UnreachableError:
        host = self._credentials.configuration.host if self._credentials else "?"
        reason = "no answer in time" if isinstance(error, TimeoutError) else trimmed(str(error))
        return UnreachableError(
            f"the API server of context {self.context} ({host}) does not answer"
            f" {call}: {reason or type(error).__name__}"
        )


def _said(value: str | int | None) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _asked_pause(error: Exception) -> float:
    asked = error.retry_after_seconds if isinstance(error, KubeError) else 0.0
    return min(asked, _LONGEST_PAUSE_SECONDS)


def _seconds(header: str | None) -> float:
    return float(header) if header and header.isdigit() else 0.0
