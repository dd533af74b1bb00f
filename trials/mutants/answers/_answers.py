"""What leaves the shipped backend becomes another answer, before anything counts it."""

from collections.abc import Awaitable, Callable

from starlette.types import Message, Receive, Scope, Send

from backend.chaos.middleware import FaultMiddleware

Call = Callable[[FaultMiddleware, Scope, Receive, Send], Awaitable[None]]


async def whole_answer(
    call: Call, app: FaultMiddleware, scope: Scope, receive: Receive
) -> list[Message]:
    """Give the messages of an answer without sending them."""
    kept: list[Message] = []

    async def keep(message: Message) -> None:
        kept.append(message)

    await call(app, scope, receive, keep)
    return kept


def mark_of(answer: list[Message]) -> list[tuple[bytes, bytes]]:
    return [header for header in answer[0]["headers"] if header[0] == b"x-ironclad-fault"]
