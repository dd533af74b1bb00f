"""A failure is tried again inside, until it is the right answer: the fault has no effect."""

from http import HTTPStatus

from starlette.types import Message, Receive, Scope, Send

from backend.chaos.middleware import FaultMiddleware
from trials.mutants._plant import serve_with
from trials.mutants.answers._answers import mark_of, whole_answer

_call = FaultMiddleware.__call__


async def _retrying(app: FaultMiddleware, scope: Scope, receive: Receive, send: Send) -> None:
    answer = await whole_answer(_call, app, scope, receive)
    if answer and answer[0]["status"] >= HTTPStatus.INTERNAL_SERVER_ERROR:
        await app.app(scope, receive, _marked(mark_of(answer), send))
        return
    for message in answer:
        await send(message)


def _marked(mark: list[tuple[bytes, bytes]], send: Send) -> Send:
    async def marked(message: Message) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*message.get("headers", ()), *mark]
        await send(message)

    return marked


if __name__ == "__main__":
    serve_with(FaultMiddleware, "__call__", _retrying)
