"""The client's rows as a few hundred points over time."""

import math
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from ironclad.domain.evidence.quantiles import nearest_rank
from ironclad.domain.load.load import Attempt

POINTS_AT_MOST = 240


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One stretch of time: `at` is its middle in epoch seconds; latencies in milliseconds."""

    at: float
    requests_per_second: float
    failures_per_second: float
    p50_ms: float
    p95_ms: float


def points(attempts: Iterable[Attempt], start: float, end: float) -> tuple[Point, ...]:
    """Cut the time into equal whole seconds, few enough to draw; empty stretches are left out."""
    width = max(1, math.ceil((end - start) / POINTS_AT_MOST))
    slots: defaultdict[int, list[Attempt]] = defaultdict(list)
    for row in attempts:
        slots[int((row.intended_at - start) // width)].append(row)
    return tuple(_point(start + (slot + 0.5) * width, slots[slot], width) for slot in sorted(slots))


def _point(at: float, rows: list[Attempt], width: int) -> Point:
    ordered = sorted(row.latency_seconds for row in rows)
    return Point(
        at=at,
        requests_per_second=len(rows) / width,
        failures_per_second=sum(row.is_bad for row in rows) / width,
        p50_ms=1000 * (nearest_rank(ordered, 0.5) or 0.0),
        p95_ms=1000 * (nearest_rank(ordered, 0.95) or 0.0),
    )
