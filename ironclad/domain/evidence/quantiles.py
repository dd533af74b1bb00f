"""Exact quantiles by nearest rank: always a value that was really measured."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class LatencyQuantiles:
    """Seconds. Never averaged or merged: take them anew from the values of both."""

    p50: float
    p95: float
    p99: float
    p999: float
    max: float


def nearest_rank(ordered: Sequence[float], ratio: float) -> float | None:
    """Give the smallest value that at least `ratio` of all values do not exceed; None of nothing.

    `ordered` is sorted. The product is rounded first: 0.07 × 100 is 7.000000000000001 in binary.
    """
    if not ordered:
        return None
    return ordered[max(0, math.ceil(round(ratio * len(ordered), 6)) - 1)]


def latency_quantiles(seconds: Iterable[float]) -> LatencyQuantiles | None:
    """Summarise latencies in any order; None when there are none."""
    ordered = sorted(seconds)
    if not ordered:
        return None
    p50, p95, p99, p999 = (
        ordered[max(0, math.ceil(round(ratio * len(ordered), 6)) - 1)]
        for ratio in (0.5, 0.95, 0.99, 0.999)
    )
    return LatencyQuantiles(p50=p50, p95=p95, p99=p99, p999=p999, max=ordered[-1])
