"""Failures and latency over time, the fault phase shaded, and the cost with its error bar."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from ironclad.domain.evidence.evidence import Evidence
from ironclad.report.formats import formatting
from ironclad.report.model.document import Report
from ironclad.report.pictures.series import Point, points
from ironclad.report.pictures.svg import TimeScale, axis, band, element, percents, picture

MIDDLE = 12
HEIGHT = 42


def cost_picture(low: float, spent: float, high: float, allowed: float | None) -> Markup:
    """Draw from zero; the limit, if there is one, stands as a line."""
    end = 1.25 * max(high, allowed or 0.0) or 1.0
    parts = [*_cost(low / end, spent / end, high / end), *_limit(allowed, end)]
    label = f"spent {formatting.percent(spent)}, between {formatting.between(low, high)}"
    return picture(parts, label=label, height=HEIGHT)


def _cost(low: float, spent: float, high: float) -> Iterator[Markup]:
    yield element("rect", class_="track", x=0, width="100%", y=MIDDLE - 2, height=4, rx=2)
    width = percents(max(0.004, high - low))
    place = {"y": MIDDLE - 5, "height": 10, "rx": 5}
    yield element("rect", class_="interval", x=percents(low), width=width, **place)
    yield element("circle", class_="spent", cx=percents(spent), cy=MIDDLE, r=5)


def _limit(allowed: float | None, end: float) -> Iterator[Markup]:
    if allowed is None:
        return
    x, name = percents(allowed / end), f"allowed {formatting.percent(allowed)}"
    yield element("line", class_="allowed", x1=x, x2=x, y1=0, y2=2 * MIDDLE)
    yield element("text", name, class_="tick", x=x, y=HEIGHT - 6, text_anchor="middle")


PANEL = 130
TITLE = 22
AXIS = 22
UNITS = 1000
"""Width of the coordinate system that lines are drawn in; it is stretched to the picture."""


@dataclass(frozen=True, slots=True)
class Panel:
    title: str
    parts: tuple[Markup, ...]


def impact_picture(report: Report, evidence: Evidence) -> Markup:
    """Give nothing where there was no load to draw."""
    attempts = evidence.load.attempts if evidence.load else ()
    if not attempts:
        return Markup()
    start, end = attempts[0].intended_at, max(row.intended_at for row in attempts) + 1.0
    scale, drawn = TimeScale(start, end), points(attempts, start, end)
    panels = [_failures(drawn, scale), _latencies(drawn, scale)]
    height = len(panels) * PANEL
    parts = [*_shade(report, scale, height), *axis(scale, y=height + 14, height=height)]
    parts += _stacked(panels)
    return picture(parts, label=_label(drawn), height=height + AXIS)


def _label(drawn: Sequence[Point]) -> str:
    failures = max(point.failures_per_second for point in drawn)
    slowest = max(point.p95_ms for point in drawn)
    return (
        f"Failures a second, at most {failures:.1f}, and latency, p95 at most"
        f" {formatting.milliseconds(slowest)}, over time"
    )


def _shade(report: Report, scale: TimeScale, height: float) -> Iterator[Markup]:
    for phase in report.phases:
        if phase.name == "fault":
            ended = phase.ended_at or report.finished_at
            yield band(scale, phase.started_at, ended, y=0, height=height, class_="shade")


def _stacked(panels: Iterable[Panel]) -> Iterator[Markup]:
    for index, panel in enumerate(panels):
        top = index * PANEL
        yield element("text", panel.title, class_="lane", x=0, y=top + 14)
        base = top + PANEL - 2
        yield element("line", class_="base", x1=0, x2="100%", y1=base, y2=base)
        yield element(
            "svg",
            *panel.parts,
            y=top + TITLE,
            width="100%",
            height=PANEL - TITLE - 2,
            viewBox=f"0 0 {UNITS} 100",
            preserveAspectRatio="none",
        )


def _failures(drawn: Sequence[Point], scale: TimeScale) -> Panel:
    highest = max(point.failures_per_second for point in drawn)
    requests = max(point.requests_per_second for point in drawn)
    title = f"failures, up to {highest:.1f} of {requests:.0f} requests a second"
    width = UNITS / max(1, len(drawn))
    failing = [point for point in drawn if point.failures_per_second]
    parts = tuple(_bar(point, scale, highest, width) for point in failing)
    return Panel(title if failing else "failures: none", parts)


def _bar(point: Point, scale: TimeScale, highest: float, width: float) -> Markup:
    height = 100 * point.failures_per_second / highest
    x = scale.position(point.at) * UNITS - width / 2
    return element(
        "rect",
        class_="failure",
        x=f"{x:.2f}",
        y=f"{100 - height:.2f}",
        width=f"{width * 0.8:.2f}",
        height=f"{height:.2f}",
    )


def _latencies(drawn: Sequence[Point], scale: TimeScale) -> Panel:
    highest = max(point.p95_ms for point in drawn) or 1.0
    title = f"latency p50 and p95 (bold), up to {formatting.milliseconds(highest)}"
    return Panel(
        title,
        (
            _line(drawn, scale, lambda point: point.p50_ms / highest, "p50"),
            _line(drawn, scale, lambda point: point.p95_ms / highest, "p95"),
        ),
    )


def _line(
    drawn: Sequence[Point], scale: TimeScale, height: Callable[[Point], float], name: str
) -> Markup:
    places = ((scale.position(point.at) * UNITS, 100 - 98 * height(point)) for point in drawn)
    path = " ".join(f"{x:.2f},{y:.2f}" for x, y in places)
    look = {"class_": f"line {name}", "vector_effect": "non-scaling-stroke"}
    return element("polyline", points=path, **look)
