"""All runs on one page: a trend for each experiment, the stale ones marked, then every run."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from markupsafe import Markup

from ironclad.domain.history.past_run import PastRun
from ironclad.domain.history.regression import Figure
from ironclad.domain.history.trend import Trend, trends
from ironclad.domain.text.printable import printable
from ironclad.report.formats import formatting
from ironclad.report.formats.html import environment
from ironclad.report.pictures.svg import element, percents, picture

HEIGHT = 64
MARGIN = 8
RUNS_AT_MOST = 30
NAMES = {
    Figure.COST: "budget spent",
    Figure.DETECTION: "first alert after",
    Figure.RECOVERY: "time to recover",
}
_SHOW: dict[Figure, Callable[[float | None], str]] = {
    Figure.COST: formatting.percent,
    Figure.DETECTION: formatting.seconds,
    Figure.RECOVERY: formatting.seconds,
}


def trend_picture(figure: Figure, runs: Sequence[PastRun]) -> Markup:
    """Draw what is known of the last thirty runs, oldest first; nothing of nothing."""
    drawn = list(runs)[-RUNS_AT_MOST:]
    known = [value for run in drawn if (value := figure.of(run)) is not None]
    if not known:
        return Markup()
    limit = _allowed(figure, drawn)
    top = 1.15 * max(*known, limit or 0.0) or 1.0
    parts = [_ground(), *_limit(limit, top)]
    parts += [*_links(figure, drawn, top), *_dots(figure, drawn, top)]
    label = f"{NAMES[figure]}: {', '.join(_SHOW[figure](value) for value in known)}"
    return picture(parts, label=label, height=HEIGHT)


def _allowed(figure: Figure, runs: Sequence[PastRun]) -> float | None:
    """Give what the newest run allowed, where the figure has a limit."""
    return runs[-1].allowed_ratio if figure is Figure.COST else None


def _ground() -> Markup:
    """Draw where nothing would be."""
    y = HEIGHT - MARGIN
    return element("line", class_="base", x1=0, x2="100%", y1=y, y2=y)


def _limit(limit: float | None, top: float) -> Iterator[Markup]:
    if limit is not None:
        y = _y(limit, top)
        yield element("line", class_="allowed dashed", x1=0, x2="100%", y1=y, y2=y)


def _links(figure: Figure, runs: Sequence[PastRun], top: float) -> Iterator[Markup]:
    """Join what is known of neighbours; a gap stays one."""
    places = [(_x(index, len(runs)), figure.of(run)) for index, run in enumerate(runs)]
    for (x1, before), (x2, after) in pairwise(places):
        if before is not None and after is not None:
            ends = {"x1": x1, "x2": x2, "y1": _y(before, top), "y2": _y(after, top)}
            yield element("line", class_="trend", **ends)


def _dots(figure: Figure, runs: Sequence[PastRun], top: float) -> Iterator[Markup]:
    for index, run in enumerate(runs):
        value = figure.of(run)
        if value is None:
            continue
        verdict = run.verdict or run.status
        title = element("title", f"{formatting.moment(run.started_at)}: {_SHOW[figure](value)}")
        place = {"cx": _x(index, len(runs)), "cy": _y(value, top), "r": 4}
        yield element("g", title, element("circle", class_=f"dot {verdict.lower()}", **place))


def _x(index: int, runs: int) -> str:
    return percents(0.02 + 0.96 * (index / (runs - 1) if runs > 1 else 1.0))


def _y(value: float, top: float) -> str:
    return f"{HEIGHT - MARGIN - (HEIGHT - 2 * MARGIN) * value / top:.1f}"


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
