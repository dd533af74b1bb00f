"""Who may control faults."""

import hmac
from http import HTTPStatus

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from backend.problems import ProblemError

HEADER = "X-Chaos-Token"


class TokenMiddleware:
    """Lets pass only requests that carry the token, compared in constant time."""

    def __init__(self, app: ASGIApp, token: str) -> None:
        self.app = app
        self._token = token.encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        given = Headers(scope=scope).get(HEADER, "").encode("latin-1")
        if not hmac.compare_digest(given, self._token):
            raise ProblemError(
                HTTPStatus.UNAUTHORIZED,
                f"This needs the chaos token in the header {HEADER}.",
                headers={"WWW-Authenticate": HEADER},
            )
        await self.app(scope, receive, send)
