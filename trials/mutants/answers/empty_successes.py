"""A failure leaves as a 200 with nothing in it, as where an exception is swallowed."""

from http import HTTPStatus

from starlette.types import Receive, Scope, Send

from backend.chaos.middleware import FaultMiddleware
from trials.mutants._plant import serve_with
from trials.mutants.answers._answers import mark_of, whole_answer

_call = FaultMiddleware.__call__


async def _swallowing(app: FaultMiddleware, scope: Scope, receive: Receive, send: Send) -> None:
    answer = await whole_answer(_call, app, scope, receive)
    if not answer or answer[0]["status"] < HTTPStatus.INTERNAL_SERVER_ERROR:
        for message in answer:
            await send(message)
        return
    headers = [*mark_of(answer), (b"content-length", b"0")]
    await send({"type": "http.response.start", "status": HTTPStatus.OK, "headers": headers})
    await send({"type": "http.response.body", "body": b""})


if __name__ == "__main__":
    serve_with(FaultMiddleware, "__call__", _swallowing)
