"""The load on the timeline: requests a second as bars, with what failed of them at the bottom."""

from collections.abc import Iterator, Sequence

from markupsafe import Markup

from ironclad.domain.load.load import Attempt
from ironclad.report.pictures.series import Point, points
from ironclad.report.pictures.svg import TimeScale, element

UNITS = 1000
"""Width of the coordinate system that is stretched over the time scale."""


def load_bars(
    attempts: Sequence[Attempt], scale: TimeScale, *, height: float
) -> tuple[tuple[Markup, ...], float]:
    """Give the bars, and the most requests a second that any stands for."""
    start, end = attempts[0].intended_at, max(row.intended_at for row in attempts) + 1.0
    drawn = points(attempts, start, end)
    most = max(point.requests_per_second for point in drawn)
    width = UNITS * (scale.position(end) - scale.position(start)) / len(drawn)
    bars = tuple(bar for point in drawn for bar in _bars(point, scale, most, width))
    box = {"viewBox": f"0 0 {UNITS} 100", "preserveAspectRatio": "none"}
    return (element("svg", *bars, width="100%", height=height, **box),), most


def _bars(point: Point, scale: TimeScale, most: float, width: float) -> Iterator[Markup]:
    x = scale.position(point.at) * UNITS - width / 2
    for rate, look in (
        (point.requests_per_second, "request"),
        (point.failures_per_second, "failure"),
    ):
        tall = 100 * rate / most
        place = {"x": f"{x:.2f}", "y": f"{100 - tall:.2f}"}
        if rate:
            yield element("rect", class_=look, width=f"{width:.2f}", height=f"{tall:.2f}", **place)
