"""The end of a flow by a signal from outside."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

from prefect.exceptions import TerminationSignal
from prefect.runtime import deployment

from ironclad.processes.parent import cancelled_without_parent


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
