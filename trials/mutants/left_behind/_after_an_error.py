"""What an answer of 500 or more leaves behind, once or each time."""

from collections.abc import Awaitable, Callable
from http import HTTPStatus

from starlette.types import Message, Receive, Scope, Send

from backend.chaos.middleware import FaultMiddleware
from trials.mutants._plant import serve_with

_call = FaultMiddleware.__call__


def serve_and_leave(
    leave: Callable[[], None], before: Callable[[], Awaitable[None]] | None = None
) -> None:
    """Serve the shipped backend; `before` delays each request, `leave` follows each failure."""

    async def left_behind(app: FaultMiddleware, scope: Scope, receive: Receive, send: Send) -> None:
        async def watched(message: Message) -> None:
            if message.get("status", 0) >= HTTPStatus.INTERNAL_SERVER_ERROR:
                leave()
            await send(message)

        if before is not None:
            await before()
        await _call(app, scope, receive, watched)

    serve_with(FaultMiddleware, "__call__", left_behind)
