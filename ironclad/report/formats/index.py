"""All runs on one page: a trend for each experiment, the stale ones marked, then every run."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from ironclad.domain.history.past_run import PastRun
from ironclad.domain.history.regression import Figure
from ironclad.domain.history.trend import Trend, trends
from ironclad.domain.text.printable import printable
from ironclad.report.formats import formatting
from ironclad.report.formats.html import environment
from ironclad.report.pictures.trend import NAMES, trend_picture

INDEX = "index.html"
UNKNOWN = "–"
LISTED_AT_MOST = 500
"""Rows of the table; the page stays quick with thousands of runs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexPage:
    """Everything that the page shows; `damaged` are runs with why their report is not readable."""

    runs: Sequence[PastRun]
    damaged: Sequence[tuple[str, str]]
    experiments: Sequence[str]
    now: datetime


def index_of(page: IndexPage) -> str:
    text = (
        environment()
        .get_template("index.html.j2")
        .render(
            page=page,
            trends=trends(page.runs, page.experiments),
            runs=list(page.runs)[:LISTED_AT_MOST],
            figures=lambda trend: [
                (NAMES[figure], figure) for figure in Figure if newest(trend, figure) != UNKNOWN
            ],
            trend_picture=trend_picture,
            freshness=lambda trend: freshness(trend, page.now),
            newest=newest,
        )
    )
    return printable(text).strip() + "\n"


def freshness(trend: Trend, now: datetime) -> str:
    """Say how old what is known of it is, and that it is stale if so."""
    if trend.last is None:
        return "never run"
    days = (now - trend.last.started_at) // timedelta(days=1)
    ago = {0: "today", 1: "yesterday"}.get(max(0, days), f"{days} days ago")
    limit = trend.stale_after // timedelta(days=1)
    stale = f"; stale after {limit} days" if trend.is_stale(now) else ""
    return f"last run {ago}{stale}{_broken(trend)}"


def _broken(trend: Trend) -> str:
    return f"; without {trend.broken} that broke off" if trend.broken else ""


def newest(trend: Trend, figure: Figure) -> str:
    """Write the newest figure that is known."""
    values = [value for run in trend.runs if (value := figure.of(run)) is not None]
    if not values:
        return UNKNOWN
    return (
        formatting.percent(values[-1]) if figure is Figure.COST else formatting.seconds(values[-1])
    )
