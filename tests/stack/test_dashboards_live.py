"""Every panel that says it has data on this platform is asked of a live Prometheus there."""

import asyncio
from typing import Any

import httpx
import pytest

from ironclad.domain.stack.platforms import LOCAL
from tests.fakes.stack.live_stack import LiveStack, becomes_true
from tools.dashboards.boards import BOARDS
from tools.dashboards.panels import Panel

pytestmark = [pytest.mark.stack, pytest.mark.long]

PANELS = [(board, panel) for board in BOARDS for panel in board.panels if LOCAL in panel.platforms]
QUIET_SECONDS = 60.0
"""Two evaluations of the slowest rules, and a scrape on either side."""


async def ask_for_orders(service: str) -> None:
    async with httpx.AsyncClient(base_url=service) as client:
        for _ in range(30):
            (await client.get("/api/orders")).raise_for_status()
            await asyncio.sleep(0.1)


async def answer(prometheus: str, query: str) -> list[Any]:
    async with httpx.AsyncClient(base_url=prometheus) as client:
        reply = await client.get(
            "/api/v1/query", params={"query": query.replace("$namespace", ".*")}
        )
    reply.raise_for_status()
    result: list[Any] = reply.json()["data"]["result"]
    return [one for one in result if one["value"][1] != "NaN"]


async def silent(prometheus: str) -> list[str]:
    return [
        f"{board.title}: {panel.title}: {query.expr}"
        for board, panel in PANELS
        for query in panel.queries
        if not await answer(prometheus, query.expr)
    ]


async def test_every_panel_has_data(live_stack: LiveStack) -> None:
    endpoints = await live_stack.platform.endpoints()
    service, prometheus = endpoints.service, endpoints.prometheus
    assert service is not None
    assert prometheus is not None
    left: list[str] = []

    async def all_speak() -> bool:
        nonlocal left
        await ask_for_orders(service)
        left = await silent(prometheus)
        return not left

    assert await becomes_true(all_speak, QUIET_SECONDS), left


def test_a_panel_for_a_cluster_alone_says_so() -> None:
    panels = [panel for board in BOARDS for panel in board.panels]
    elsewhere: list[Panel] = [one for one in panels if LOCAL not in one.platforms]
    assert elsewhere
    assert all("Has data on: kubernetes." in panel.description for panel in elsewhere)
