"""How a game day ended, told within its own process, where Prefect may be away by then."""

import asyncio
from contextvars import ContextVar

from ironclad.domain.evidence.outcome import Outcome

HEARD: ContextVar["asyncio.Future[Outcome] | None"] = ContextVar("heard", default=None)
"""Set by whoever started the flow and listens."""


def tell(outcome: Outcome) -> None:
    if (listener := HEARD.get()) is not None and not listener.done():
        listener.set_result(outcome)
