"""Small inline pictures: places in percent, so that they fit any width and text keeps its size."""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from markupsafe import Markup, escape

_STEPS_SECONDS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 28800)
_TICKS_AT_MOST = 6


def element(name: str, *inner: str | Markup, **attributes: object) -> Markup:
    """Escape every attribute and all text; `class_` and `stroke_width` read as in Python."""
    written = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(str(value))}"'
        for key, value in attributes.items()
    )
    body = "".join(str(escape(part)) for part in inner)
    return Markup(f"<{name}{written}>{body}</{name}>")  # noqa: S704 - every part was escaped


def percents(position: float) -> str:
    return f"{position * 100:.3f}".rstrip("0").rstrip(".") + "%"


@dataclass(frozen=True, slots=True)
class TimeScale:
    """Places moments between two epoch seconds on a line from 0 to 1."""

    start: float
    end: float

    @classmethod
    def between(cls, start: datetime, end: datetime) -> "TimeScale":
        return cls(start.timestamp(), max(end.timestamp(), start.timestamp() + 1.0))

    def position(self, at: datetime | float) -> float:
        seconds = at.timestamp() if isinstance(at, datetime) else at
        return min(1.0, max(0.0, (seconds - self.start) / (self.end - self.start)))

    def ticks(self) -> Iterator[float]:
        """Give round moments, few enough for the width of a phone."""
        length = self.end - self.start
        fitting = (step for step in _STEPS_SECONDS if length / step <= _TICKS_AT_MOST)
        step = next(fitting, 86_400 * math.ceil(length / 86_400 / _TICKS_AT_MOST))
        at = self.start - self.start % step + step
        while at < self.end:
            yield at
            at += step


def axis(scale: TimeScale, *, y: float, height: float) -> Iterable[Markup]:
    """Draw a line and a time of day for each tick that is not at the edge."""
    for tick in scale.ticks():
        position = scale.position(tick)
        x = percents(position)
        yield element("line", class_="grid", x1=x, x2=x, y1=0, y2=height)
        if 0.04 < position < 0.96:  # noqa: PLR2004
            label = f"{datetime.fromtimestamp(tick, UTC):%H:%M:%S}"
            yield element("text", label, class_="tick", x=x, y=y, text_anchor="middle")


def band(scale: TimeScale, start: datetime, end: datetime, **attributes: object) -> Markup:
    """Draw a box over a stretch of time; never so narrow that it cannot be seen."""
    left, right = scale.position(start), scale.position(end)
    width = max(right - left, 0.003)
    return element("rect", x=percents(left), width=percents(width), **attributes)


def picture(parts: Iterable[Markup], *, label: str, height: float) -> Markup:
    inner = (element("title", label), *parts)
    return element(
        "svg", *inner, class_="picture", role="img", aria_label=label, width="100%", height=height
    )
