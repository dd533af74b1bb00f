"""A long phase as a progress artifact, with links to where its figures come from."""

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress

from prefect.artifacts import (
    acreate_link_artifact,
    acreate_progress_artifact,
    aupdate_progress_artifact,
)
from prefect.context import FlowRunContext, TaskRunContext

from ironclad import progress
from ironclad.domain.experiment.plan import Plan
from ironclad.progress import LOGGER, Progress
from ironclad.report.parts.links import graphs_over

WITHIN_SECONDS = 30.0
EVERY_SECONDS = 2.0
_UNDER_WAY: set[asyncio.Task[None]] = set()
"""The loop itself holds a task by a weak reference only; some end after their phase."""


def link_sources(plan: Plan) -> None:
    """Store a link to Prometheus over the game day's own minutes; it delays nothing.

    Of a stack on this machine alone: the tunnels into a cluster close behind the game day.
    """
    url = plan.endpoints.prometheus
    if url is None or not plan.stack.spec.is_on_this_machine or not FlowRunContext.get():
        return
    task = asyncio.create_task(_store(plan, graphs_over(plan, url)))
    _UNDER_WAY.add(task)
    task.add_done_callback(_UNDER_WAY.discard)


async def _store(plan: Plan, link: str) -> None:
    """Whatever goes wrong here, the game day goes on without its link."""
    try:
        async with asyncio.timeout(WITHIN_SECONDS):
            await acreate_link_artifact(
                link=link,
                link_text="Prometheus over this game day",
                key=f"game-day-{plan.experiment.name}-prometheus",
                description="Answers by status, the share of bad ones, and what is left.",
            )
    except Exception as error:  # noqa: BLE001 - a link is never worth a game day
        logging.getLogger("ironclad").debug("there is no link to Prometheus: %r", error)


class _Latest(logging.Handler):
    """Remembers the last word on progress; what it costs is an assignment."""

    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self.said: Progress | None = None
        self.is_over = asyncio.Event()

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
    updates = asyncio.create_task(_keep_up_to_date(step, latest), name=f"showing {step}")
    _UNDER_WAY.add(updates)
    updates.add_done_callback(_UNDER_WAY.discard)
    try:
        with _listening(latest):
            yield
    except BaseException:
        updates.cancel()
        raise
    latest.is_over.set()


@contextmanager
def _listening(latest: _Latest) -> Iterator[None]:
    """Without another listener, a line a second must not fill the logs."""
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
        is_over = False
        while not is_over:
            with suppress(TimeoutError):
                await asyncio.wait_for(latest.is_over.wait(), EVERY_SECONDS)
            is_over, said = latest.is_over.is_set(), latest.said
            done = 100.0 if is_over else percent(said)
            text = progress.sentence(said) if said else step
            await aupdate_progress_artifact(artifact, progress=done, description=text)
    except Exception as error:  # noqa: BLE001 - a picture is never worth a game day
        logging.getLogger("ironclad").debug("the progress of %s is not shown: %r", step, error)


def percent(said: Progress | None) -> float:
    """Give 0 where it is not known."""
    return min(100.0, 100 * said.done / said.total) if said and said.total else 0.0
