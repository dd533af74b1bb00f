"""The page of metrics: what the backend and the janitor expose, and what the rules record."""

import asyncio
import os
import re
from pathlib import Path

import httpx
from prometheus_client import Metric
from prometheus_client.parser import text_string_to_metric_families

from backend.app import create_app
from backend.drain import Drain
from backend.settings import DatabaseSettings, Settings
from backend.telemetry.logs import LineWriter
from ironclad.undo.rounds import JanitorMetrics
from tools.reference.alerts import rules
from tools.reference.markdown import code, table

_ABOUT = """
Each replica exposes the usual `process_*` series as well. The label `le` of histograms is left out.
"""
_RECORDED = {
    "error_budget_coverage_ratio": "Share of the 30 days in which anything was measured.",
    "error_budget_remaining_percentage": "What is left of the budget, game days included.",
    "error_budget_spent_by_game_days_percentage": "What game days spent of the budget.",
    "slo:bad_events:rate": "Bad events since the record before.",
    "slo:bad_events:sum": "Bad events in the window.",
    "slo:bad_ratio:rate": "Share of bad events in the window.",
    "slo:game_day_bad_events:rate": "Bad events among marked requests, since the record before.",
    "slo:game_day_bad_events:sum": "Bad events among marked requests in the window.",
    "slo:objective:ratio": "The objective, such as 0.999.",
    "slo:valid_events:rate": "Events since the record before.",
    "slo:valid_events:sum": "Events in the window.",
}
"""By name without its window, such as `30d`."""


def body() -> str:
    parts = [
        ("In each replica", _exposed(asyncio.run(_backend_page()))),
        ("In the janitor", _exposed(_janitor_page())),
        ("Recorded for each objective", _recorded()),
    ]
    return f"{_ABOUT}\n" + "\n".join(f"## {title}\n\n{text}" for title, text in parts)


async def _backend_page() -> str:
    """Ask a replica that has no database: its gauges exist from the start."""
    settings = Settings(DatabaseSettings("127.0.0.1", 5432, "nobody", "none"), chaos_token="-")  # noqa: S106
    null = LineWriter.to(Path(os.devnull))
    app = httpx.ASGITransport(create_app(settings, null, Drain(0)))
    async with httpx.AsyncClient(transport=app, base_url="http://replica") as client:
        return (await client.get("/metrics")).text


def _janitor_page() -> str:
    metrics = JanitorMetrics()
    metrics.show_phase("", "", "")  # a series with labels has none until it is set
    return metrics.page().decode()


def _exposed(text: str) -> str:
    found = text_string_to_metric_families(text)
    rows = [
        (_name(each), each.type, _labels(each), each.documentation)
        for each in found
        if not each.name.startswith(("process_", "python_")) and not _is_moment(each)
    ]
    return table(("metric", "type", "labels", "meaning"), sorted(rows))


def _is_moment(metric: Metric) -> bool:
    """The library's series of when each counter was made."""
    return metric.type == "gauge" and metric.name.endswith("_created")


def _name(metric: Metric) -> str:
    suffix = "_total" if metric.type == "counter" else ""
    return code(f"{metric.name}{suffix}")


def _labels(metric: Metric) -> str:
    names = {name for sample in metric.samples for name in sample.labels} - {"le"}
    return ", ".join(map(code, sorted(names))) or "none"


def _recorded() -> str:
    names = sorted({rule["record"] for rule in rules() if "record" in rule})
    rows = [(code(name), _RECORDED[re.sub(r"\d+[a-z]$", "", name)]) for name in names]
    return table(("series", "meaning"), rows)
