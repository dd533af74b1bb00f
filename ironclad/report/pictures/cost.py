"""The cost with its error bar, against what was allowed."""

from collections.abc import Iterator

from markupsafe import Markup

from ironclad.report.formats import formatting
from ironclad.report.pictures.svg import element, percents, picture

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
