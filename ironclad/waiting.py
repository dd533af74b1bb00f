"""Waiting with a deadline, and with numbers about what is waited for."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

from ironclad.domain.stack.readiness import Condition, Readiness
from ironclad.domain.stack.stack import StackRef
from ironclad.domain.text.durations import format_duration
from ironclad.errors import BusyError, StageFailedError, WaitTimeoutError
from ironclad.ports import Clock, StackLock
from ironclad.progress import Progress, report
from ironclad.slowness import Patience, Slowness

FREE_POLL_SECONDS = 2.0
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


async def until_free(lock: StackLock, ref: StackRef, within: timedelta, clock: Clock) -> timedelta:
    """Wait until the stack is free, and give what is left of the time.

    Raises BusyError that names who holds it at the deadline.
    """
    start = clock.monotonic()
    while (holder := await lock.holder()) is not None:
        waited = clock.monotonic() - start
        held = f"{ref} is held by {holder.purpose} {holder.run} of {holder.who}"
        if waited >= within.total_seconds():
            raise BusyError(f"{held}, after {format_duration(within)} of waiting for it")
        report(Progress("waiting for the stack", waited, within.total_seconds(), "s", held))
        await clock.sleep(FREE_POLL_SECONDS)
    return within - timedelta(seconds=min(clock.monotonic() - start, within.total_seconds()))
