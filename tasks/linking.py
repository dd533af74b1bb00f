"""Links from the flow run's page to where its figures come from."""

import asyncio
import logging
from datetime import timedelta
from urllib.parse import urlencode

from prefect.artifacts import acreate_link_artifact
from prefect.context import FlowRunContext

from ironclad.domain.plan import Plan
from ironclad.domain.stack import PlatformName

WITHIN_SECONDS = 30.0
MARGIN = timedelta(minutes=1)

_GRAPHS = (
    'sum by (status) (rate(http_requests_total{route=~"/api/orders.*"}[30s]))',
    "slo:bad_events:rate / slo:valid_events:rate",
    "error_budget_remaining_percentage",
)
_UNDER_WAY: set[asyncio.Task[None]] = set()
"""The loop itself holds a task by no more than a weak reference."""


def link_sources(plan: Plan) -> None:
    """Store a link to Prometheus over the game day's own minutes; it delays nothing.

    Of a stack on this machine alone: the tunnels into a cluster close behind the game day.
    """
    url = plan.endpoints.prometheus
    if url is None or plan.stack.platform is not PlatformName.LOCAL or not FlowRunContext.get():
        return
    task = asyncio.create_task(_store(plan, graphs_over(plan, url)))
    _UNDER_WAY.add(task)
    task.add_done_callback(_UNDER_WAY.discard)


def graphs_over(plan: Plan, prometheus: str) -> str:
    """Give one address that is right while the game day runs and after it: its end is planned."""
    length = plan.experiment.load_duration + 2 * MARGIN
    end = plan.planned_at + length
    graphs = {
        f"g{number}.{name}": value
        for number, expr in enumerate(_GRAPHS)
        for name, value in (
            ("expr", expr),
            ("tab", "0"),
            ("range_input", f"{length.total_seconds():.0f}s"),
            ("end_input", f"{end:%Y-%m-%d %H:%M:%S}"),
        )
    }
    return f"{prometheus}/graph?{urlencode(graphs)}"


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
