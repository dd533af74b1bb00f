"""Asking a local server over HTTP, and saying in a few words what it answered.

With the standard library: httpx takes longer to import than all the answers of `status`.
"""

import asyncio
import http.client
import json
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode, urlsplit

from ironclad.errors import RemoteError, UnreachableError

_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    text: str

    @property
    def is_success(self) -> bool:
        return HTTPStatus.OK <= self.status < HTTPStatus.MULTIPLE_CHOICES


async def fetch(url: str, **params: str) -> Answer:
    """Raises UnreachableError. No proxy of the environment is asked for a loopback address."""
    try:
        async with asyncio.timeout(2 * _SECONDS):
            return await asyncio.to_thread(_get, url, urlencode(params))
    except (OSError, http.client.HTTPException) as error:
        raise UnreachableError(_silence(error)) from error


def _get(url: str, query: str) -> Answer:
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.netloc, timeout=_SECONDS)
    try:
        connection.request("GET", f"{parts.path or '/'}?{query}" if query else parts.path or "/")
        response = connection.getresponse()
        return Answer(response.status, response.read().decode(errors="replace"))
    finally:
        connection.close()


def _silence(error: Exception) -> str:
    if isinstance(error, ConnectionRefusedError):
        return "connection refused"
    if isinstance(error, TimeoutError):
        return f"no answer within {_SECONDS:g} s"
    return f"no answer ({type(error).__name__})"


async def problem_at(url: str) -> str:
    """Give what is wrong there in a few words; nothing if it answers 200."""
    try:
        answer = await fetch(url)
    except UnreachableError as error:
        return str(error)
    if answer.is_success:
        return ""
    return f"HTTP {answer.status} {' '.join(answer.text.split())[:120]}".rstrip()


async def fetch_json(url: str, **params: str) -> Any:
    """Raises UnreachableError, RemoteError or ValueError."""
    answer = await fetch(url, **params)
    if not answer.is_success:
        raise RemoteError(f"HTTP {answer.status} from {url}")
    return json.loads(answer.text)
