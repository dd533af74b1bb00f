"""What a dashboard is made of, as plain values: rows of panels, each with its queries."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from ironclad.domain.stack.platforms import KUBERNETES, LOCAL, PLATFORMS, PlatformName

EVERYWHERE = tuple(PLATFORMS)
IN_A_CLUSTER = (KUBERNETES,)
THIS_MACHINE = (LOCAL,)


class Unit(StrEnum):
    """Grafana's own names."""

    REQUESTS = "reqps"
    RATIO = "percentunit"
    PERCENT = "percent"
    SECONDS = "s"
    BYTES = "bytes"
    SHORT = "short"
    EVENTS_A_MINUTE = "opm"


class Look(StrEnum):
    LINES = "lines"
    NUMBER = "number"


@dataclass(frozen=True, slots=True)
class Query:
    expr: str
    legend: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """`platforms` are those whose Prometheus has data for it; `limit` is drawn as a line."""

    title: str
    queries: tuple[Query, ...]
    unit: Unit = Unit.SHORT
    platforms: tuple[PlatformName, ...] = EVERYWHERE
    about: str = ""
    look: Look = Look.LINES
    limit: float | None = None
    width: int = 8
    back: str = ""
    """A time range of its own, such as `30d`."""

    @property
    def description(self) -> str:
        places = " and ".join(self.platforms)
        return f"{self.about} Has data on: {places}.".strip()


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    title: str
    panels: tuple[Panel, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """`uid` is also the name of its file, and never changes: links point to it."""

    uid: str
    title: str
    about: str
    rows: tuple[Row, ...]
    back: str = "now-1h"

    @property
    def panels(self) -> Iterator[Panel]:
        for row in self.rows:
            yield from row.panels
