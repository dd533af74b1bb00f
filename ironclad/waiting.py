"""Waiting with a deadline, and with numbers about what is waited for."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

from ironclad.domain.readiness import Condition, Readiness
from ironclad.errors import StageFailedError, WaitTimeoutError
from ironclad.ports import Clock
from ironclad.progress import Progress, report
from ironclad.slowness import Patience, Slowness

POLL_SECONDS = 0.2
"""Shorter and a local stack is busy answering; longer and a deploy is seen to wait."""


async def until_ready(
    what: str,
    ask: Callable[[], Awaitable[Readiness]],
    *,
    deadline: timedelta | Patience,
    clock: Clock,
) -> Readiness:
    """Ask until it is ready.

    A `Patience` as deadline grows with the slowness of the machine. Raises StageFailedError as soon
    as it cannot succeed, WaitTimeoutError at the deadline; both carry the last answer.
    """
    patience = Patience(deadline, _unmeasured) if isinstance(deadline, timedelta) else deadline
    start = clock.monotonic()
    while True:
        answer = await ask()
        if answer.is_ready:
            return answer
        if answer.condition is Condition.FAILED:
            raise StageFailedError(f"{what} cannot become ready: {answer.message}")
        waited = clock.monotonic() - start
        if await patience.is_over(waited):
            raise WaitTimeoutError(f"{what} was not ready within {patience}: {answer.message}")
        message = "; ".join(filter(None, (answer.message, _grown(patience))))
        report(Progress(f"waiting for {what}", waited, None, "s", message))
        await clock.sleep(POLL_SECONDS)


def _unmeasured() -> Slowness:
    return Slowness(times=1.0)


def _grown(patience: Patience) -> str:
    return f"at most {patience}" if patience.reason else ""
