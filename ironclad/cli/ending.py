"""How a game day that was run by command comes to its end, with Prefect's server or without it."""

import asyncio
import signal
from collections.abc import Awaitable, Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from types import FrameType
from typing import Any, NoReturn

import httpx

from ironclad.cli.terminal.console import err
from ironclad.cli.terminal.exiting import abandon, is_abandoned
from ironclad.domain.evidence.outcome import Outcome
from ironclad.errors import IroncladError, StageFailedError, StateError, UnreachableError
from ironclad.slowness import Patience

RECORDED_WITHIN_SECONDS = 20.0
"""What Prefect's server has, once the verdict is known, to take it down."""
CLOSED_WITHIN_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Ran:
    """How a game day ended, and the flow run that Prefect recorded it as; empty if it was away."""

    outcome: Outcome
    flow_run: str


async def recorded(flow: Awaitable[Any]) -> Ran:
    """Give what the server has, or raise what kept the game day from its end."""
    state = await flow
    outcome = await state.aresult(raise_on_failure=False)
    if isinstance(outcome, IroncladError | OSError):  # the CLI prints each in one sentence
        raise outcome
    if not isinstance(outcome, Outcome):
        raise StageFailedError(state.message or f"game-day ended {state.name}")
    return Ran(outcome, str(state.state_details.flow_run_id))


async def delivered_or_recorded(
    outcome: "asyncio.Future[Outcome]", record: Coroutine[Any, Any, Ran], within_seconds: float
) -> Ran:
    """Give the end as the server recorded it, or the delivered outcome after `within_seconds`.

    Raises UnreachableError where the server went away and no outcome was delivered. A cancellation
    goes on to the game day, which undoes.
    """
    recording = asyncio.ensure_future(record)
    either: tuple[asyncio.Future[Any], ...] = (outcome, recording)
    try:
        await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        patience = Patience(timedelta(seconds=within_seconds))
        is_recorded = await patience.lasts_until(recording)
    except asyncio.CancelledError:
        recording.cancel()
        await asyncio.wait({recording})
        if isinstance(error := _error(recording), StateError | OSError):
            raise error from None  # its report could not be written
        raise
    if not is_recorded:
        return _unrecorded(outcome, f"it has not answered within {patience}")
    try:
        return recording.result()
    except httpx.HTTPError as error:
        return _unrecorded(outcome, str(error))


def _error(recording: "asyncio.Future[Ran]") -> BaseException | None:
    return None if recording.cancelled() else recording.exception()


def _unrecorded(outcome: "asyncio.Future[Outcome]", why: str) -> Ran:
    """A verdict stands without Prefect; only its own pages lack it."""
    if not outcome.done():
        raise UnreachableError(f"the Prefect server does not answer: {why}")
    abandon(why)
    err.print(f"Prefect has not recorded how the game day ended: {why}", markup=False)
    return Ran(outcome.result(), "")


@contextmanager
def closed_in_time(within_seconds: float = CLOSED_WITHIN_SECONDS) -> Iterator[asyncio.Runner]:
    """Give a loop; what is left in it once the game day is over is not waited for any longer.

    A game day that was interrupted is undone by closing the loop, which takes what it takes.
    """
    loop = asyncio.Runner()
    try:
        yield loop
    except Exception:
        _close(loop, within_seconds)
        raise
    except BaseException:
        loop.close()
        raise
    else:
        _close(loop, within_seconds)


def _close(loop: asyncio.Runner, within_seconds: float) -> None:
    """Without memory Python waits for ever for a thread that never starts; a signal reaches it."""
    if is_abandoned():
        return
    before = signal.signal(signal.SIGALRM, _give_up)
    signal.setitimer(signal.ITIMER_REAL, within_seconds)
    try:
        loop.close()
    except (TimeoutError, MemoryError):
        abandon(f"the process could not be ended in order within {within_seconds:g} s")
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def _give_up(number: int, frame: FrameType | None) -> NoReturn:
    del number, frame
    raise TimeoutError
