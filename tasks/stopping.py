"""Being asked to stop from outside, or by the end of the process that started this one."""

import asyncio
import os
import stat
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

from prefect.exceptions import TerminationSignal
from prefect.runtime import deployment

LOOK_SECONDS = 0.5


@asynccontextmanager
async def cancelled_without_parent(why: str) -> AsyncIterator[None]:
    """Cancel the body once our parent is gone; `why` is what the cancellation says.

    An orphan gets another parent, so there is no need to look at the old one, whose id may be taken
    again by then.
    """
    body = asyncio.current_task()
    if body is None:
        raise RuntimeError("only a task can be cancelled")
    watching = asyncio.create_task(_cancel_when_orphaned(body, os.getppid(), why))
    try:
        yield
    finally:
        watching.cancel()


async def _cancel_when_orphaned(body: asyncio.Task[object], parent: int, why: str) -> None:
    while os.getppid() == parent:  # noqa: ASYNC110 - the kernel sets no event for an orphan
        await asyncio.sleep(LOOK_SECONDS)
    _let_go_of_pipes()
    body.cancel(why)


def _let_go_of_pipes() -> None:
    """Who read what we say has gone with our parent; Prefect cannot report an end through that.

    A broken pipe under its logging leaves the run Running for ever.
    """
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for descriptor in (1, 2):
        if stat.S_ISFIFO(os.fstat(descriptor).st_mode):
            os.dup2(nowhere, descriptor)
    os.close(nowhere)


@contextmanager
def stopped_like_ctrl_c() -> Iterator[None]:
    """Have a SIGTERM, which Prefect raises as an exception of its own, end the body as Ctrl-C."""
    try:
        yield
    except TerminationSignal as signal:
        raise KeyboardInterrupt from signal


@asynccontextmanager
async def ended_with_its_worker() -> AsyncIterator[None]:
    """Undo and end when the worker is killed: the run could not be cancelled from the UI.

    A run that a person started by hand may well outlive the shell that it was started from.
    """
    if deployment.id is None:
        yield
        return
    async with cancelled_without_parent("the worker that had started it is gone"):
        yield
