"""Links from the flow run's page to where its figures come from."""

import asyncio
import logging

from prefect.artifacts import acreate_link_artifact
from prefect.context import FlowRunContext

from ironclad.domain.experiment.plan import Plan
from ironclad.report.parts.links import graphs_over

WITHIN_SECONDS = 30.0
_UNDER_WAY: set[asyncio.Task[None]] = set()
"""The loop itself holds a task by no more than a weak reference."""


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
