"""A long phase as a progress artifact: who looks at the run sees how far it is, and what it saw."""

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

from prefect.artifacts import acreate_progress_artifact, aupdate_progress_artifact
from prefect.context import TaskRunContext

from ironclad import progress
from ironclad.progress import LOGGER, Progress

EVERY_SECONDS = 2.0


class _Latest(logging.Handler):
    """Remembers the last word on progress; what it costs is an assignment."""

    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self.said: Progress | None = None

    def emit(self, record: logging.LogRecord) -> None:
        self.said = progress.of(record) or self.said


@asynccontextmanager
async def shown(step: str) -> AsyncIterator[None]:
    """Show the progress of what is inside; Prefect may be slow or away, and delays it by nothing.

    Outside of a task run there is nothing to show it on.
    """
    if TaskRunContext.get() is None:
        yield
        return
    latest = _Latest()
    updates = asyncio.create_task(_keep_up_to_date(step, latest))
    with _listening(latest):
        try:
            yield
        finally:
            updates.cancel()


@contextmanager
def _listening(latest: _Latest) -> Iterator[None]:
    """Where nobody else listens, a line a second must not begin to fill the logs."""
    level, propagate = LOGGER.level, LOGGER.propagate
    if not LOGGER.isEnabledFor(logging.INFO):
        LOGGER.setLevel(logging.INFO)
        LOGGER.propagate = False
    LOGGER.addHandler(latest)
    try:
        yield
    finally:
        LOGGER.removeHandler(latest)
        LOGGER.setLevel(level)
        LOGGER.propagate = propagate


async def _keep_up_to_date(step: str, latest: _Latest) -> None:
    """Whatever goes wrong here, the phase goes on and its picture stands still."""
    try:
        artifact = await acreate_progress_artifact(progress=0.0, description=step)
        while True:
            await asyncio.sleep(EVERY_SECONDS)
            if (said := latest.said) is not None:
                done, told = percent(said), progress.sentence(said)
                await aupdate_progress_artifact(artifact, progress=done, description=told)
    except Exception as error:  # noqa: BLE001 - a picture is never worth a game day
        logging.getLogger("ironclad").debug("the progress of %s is not shown: %r", step, error)


def percent(said: Progress) -> float:
    """Give 0 where nobody can know."""
    return min(100.0, 100 * said.done / said.total) if said.total else 0.0
