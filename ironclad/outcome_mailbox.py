"""A game day's outcome, kept within its own process in case Prefect is away at the end."""

import asyncio
from contextvars import ContextVar

from ironclad.domain.evidence.outcome import Outcome

MAILBOX: ContextVar["asyncio.Future[Outcome] | None"] = ContextVar("outcome", default=None)
"""Set by the caller that starts the flow and waits for its outcome."""


def deliver(outcome: Outcome) -> None:
    if (listener := MAILBOX.get()) is not None and not listener.done():
        listener.set_result(outcome)
