"""After an error the service goes on failing now and then, as by a poisoned cache."""

import itertools
from http import HTTPStatus

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from backend.chaos.middleware import FaultMiddleware
from backend.problems import problem_response
from trials.mutants._plant import serve_with

EVERY = 20
_call = FaultMiddleware.__call__
_numbers = itertools.count(1)
_poisoned: list[bool] = []


async def _sticky(app: FaultMiddleware, scope: Scope, receive: Receive, send: Send) -> None:
    async def watched(message: Message) -> None:
        status = message.get("status", 0)
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            _poisoned.append(True)
        await send(message)

    if _poisoned and next(_numbers) % EVERY == 0:
        answer: ASGIApp = problem_response(HTTPStatus.INTERNAL_SERVER_ERROR, "This is our fault.")
        await answer(scope, receive, send)
        return
    await _call(app, scope, receive, watched)


if __name__ == "__main__":
    serve_with(FaultMiddleware, "__call__", _sticky)
