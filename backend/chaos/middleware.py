"""The faults that are armed, around any ASGI application. While none is, it costs one look."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from backend.chaos.marks import Marks, header, marking
from backend.chaos.registry import FaultRegistry
from backend.chaos.unanswered import Rereadable


class FaultMiddleware:
    def __init__(self, app: ASGIApp, faults: FaultRegistry) -> None:
        self.app = app
        self._faults = faults

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._faults.is_empty or scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        with marking() as marks:
            await self._run(marks, scope, Rereadable(receive), _marked(marks, send))

    async def _run(self, marks: Marks, scope: Scope, receive: Receive, send: Send) -> None:
        for armed, fault in self._faults.requests():
            if not armed.applies():
                continue
            marks[armed.order.id] = None
            if await fault.apply(armed.injection, scope, receive, send):
                return
        await self.app(scope, receive, send)


def _marked(marks: Marks, send: Send) -> Send:
    async def marked(message: Message) -> None:
        if marks and message["type"] == "http.response.start":
            message["headers"] = [*message.get("headers", ()), header(marks)]
        await send(message)

    return marked
