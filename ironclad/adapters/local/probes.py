"""Asking a local server over HTTP, and saying in a few words what it answered."""

from typing import Any

import httpx

from ironclad.errors import RemoteError, UnreachableError

_SECONDS = 2.0


async def fetch(url: str, **params: str) -> httpx.Response:
    """Raises UnreachableError. No proxy of the environment is asked for a loopback address."""
    try:
        async with httpx.AsyncClient(timeout=_SECONDS, trust_env=False) as client:
            return await client.get(url, params=params or None)
    except httpx.HTTPError as error:
        raise UnreachableError(_silence(error)) from error


def _silence(error: httpx.HTTPError) -> str:
    if isinstance(error, httpx.ConnectError):
        return "connection refused"
    if isinstance(error, httpx.TimeoutException):
        return f"no answer within {_SECONDS:g} s"
    return f"no answer ({type(error).__name__})"


async def problem_at(url: str) -> str:
    """Give what is wrong there in a few words; nothing if it answers 200."""
    try:
        response = await fetch(url)
    except UnreachableError as error:
        return str(error)
    if response.is_success:
        return ""
    return f"HTTP {response.status_code} {' '.join(response.text.split())[:120]}".rstrip()


async def fetch_json(url: str, **params: str) -> Any:
    """Raises UnreachableError or RemoteError."""
    response = await fetch(url, **params)
    if not response.is_success:
        raise RemoteError(f"HTTP {response.status_code} from {url}")
    return response.json()
