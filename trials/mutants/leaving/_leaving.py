"""A replica that refuses requests from SIGTERM on, as one whose connections are closed first."""

from http import HTTPStatus
from types import FrameType

from starlette.types import Receive, Scope, Send

from backend.chaos.middleware import FaultMiddleware
from backend.problems import problem_response
from backend.server import DrainingServer

_exit, _call = DrainingServer.handle_exit, FaultMiddleware.__call__
_leaving: list[int] = []


def _leave(server: DrainingServer, sig: int, frame: FrameType | None) -> None:
    _leaving.append(sig)
    _exit(server, sig, frame)


async def _refuse(app: FaultMiddleware, scope: Scope, receive: Receive, send: Send) -> None:
    if not _leaving:
        await _call(app, scope, receive, send)
        return
    answer = problem_response(HTTPStatus.SERVICE_UNAVAILABLE, "This replica is leaving.")
    await answer(scope, receive, send)


def refuse_when_leaving() -> None:
    DrainingServer.handle_exit = _leave  # type: ignore[method-assign,assignment]
    FaultMiddleware.__call__ = _refuse  # type: ignore[method-assign,assignment]
