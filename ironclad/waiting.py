"""Waiting with a deadline, and with numbers about what is waited for."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

from ironclad.domain.durations import format_duration
from ironclad.domain.readiness import Condition, Readiness
from ironclad.errors import StageFailedError, WaitTimeoutError
from ironclad.ports import Clock
from ironclad.progress import Progress, report

POLL_SECONDS = 0.2
"""Shorter and a local stack is busy answering; longer and a deploy is seen to wait."""


async def until_ready(
    what: str,
    ask: Callable[[], Awaitable[Readiness]],
    *,
    deadline: timedelta,
    clock: Clock,
) -> Readiness:
    """Ask until it is ready.

    Raises StageFailedError as soon as it cannot succeed, WaitTimeoutError at the deadline; both
    carry the last answer.
    """
    start = clock.monotonic()
    while True:
        answer = await ask()
        if answer.is_ready:
            return answer
        if answer.condition is Condition.FAILED:
            raise StageFailedError(f"{what} cannot become ready: {answer.message}")
        waited = clock.monotonic() - start
        if waited >= deadline.total_seconds():
            raise WaitTimeoutError(
                f"{what} was not ready within {format_duration(deadline)}: {answer.message}"
            )
        report(Progress(f"waiting for {what}", waited, None, "s", answer.message))
        await clock.sleep(POLL_SECONDS)
