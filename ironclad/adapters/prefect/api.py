"""A Prefect server's API, our own or another, asked with what opens it."""

import base64
import ssl
from collections.abc import Mapping
from typing import Any

import httpx

from ironclad.errors import RemoteError, UnreachableError

URL, KEY, LOGIN = "PREFECT_API_URL", "PREFECT_API_KEY", "PREFECT_API_AUTH_STRING"
_CERTIFICATES = "PREFECT_API_SSL_CERT_FILE"
_ANSWER_SECONDS = 5.0
_CLOSED = frozenset({401, 403})
_CONFLICT = 409


class ClosedError(RemoteError):
    """It does not know who asks."""


class ConflictError(RemoteError):
    """What is to be made is there already."""


class PrefectApi:
    """`access` holds Prefect's own names: the address, and a key or a login where one is needed."""

    def __init__(self, access: Mapping[str, str], *, by_proxy: bool = False) -> None:
        self._url = access[URL].rstrip("/")
        self._headers = _headers(access)
        self._certificates = access.get(_CERTIFICATES, "")
        self._by_proxy = by_proxy

    async def ask(self, method: str, path: str, body: Any = None) -> Any:
        """Raises UnreachableError or RemoteError with a few words."""
        try:
            async with self._client() as client:
                response = await client.request(method, self._url + path, json=body)
        except httpx.ConnectError as error:
            raise UnreachableError("connection refused") from error
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise UnreachableError(f"no answer ({type(error).__name__})") from error
        _demand_success(response, path)
        return response.json() if response.content else None

    def _client(self) -> httpx.AsyncClient:
        trusted = ssl.create_default_context(cafile=self._certificates or None)
        return httpx.AsyncClient(
            timeout=_ANSWER_SECONDS,
            trust_env=self._by_proxy,
            headers=self._headers,
            verify=trusted if self._certificates else True,
        )


def _headers(access: Mapping[str, str]) -> dict[str, str]:
    """As Prefect's own client has it: a login goes before a key."""
    if login := access.get(LOGIN, ""):
        return {"Authorization": f"Basic {base64.b64encode(login.encode()).decode()}"}
    key = access.get(KEY, "")
    return {"Authorization": f"Bearer {key}"} if key else {}


def _demand_success(response: httpx.Response, path: str) -> None:
    words = f"HTTP {response.status_code} from {path}"
    if response.status_code in _CLOSED:
        raise ClosedError(words)
    if response.status_code == _CONFLICT:
        raise ConflictError(words)
    if not response.is_success:
        raise RemoteError(words)
