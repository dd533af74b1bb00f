"""Latency before, during and after the faults, as percentiles on a scale that shows the tail."""

import math
from collections.abc import Iterator, Mapping, Sequence

from markupsafe import Markup

from ironclad.domain.evidence import attempt_stats
from ironclad.domain.evidence.evidence import Evidence
from ironclad.domain.evidence.journal import PhaseName
from ironclad.domain.evidence.quantiles import nearest_rank
from ironclad.report.formats import formatting
from ironclad.report.pictures.svg import element, percents, picture

HEIGHT = 170
UNITS = 1000
_MARKED = (0.5, 0.9, 0.99, 0.999, 0.9999)
_STEPS = 60
_MOST_DECADES_WITH_ALL = 2.5
"""Powers of ten up to which each has two lines more."""
_AXIS_HEIGHT = 26
"""Pixels below the curves for the percentiles' names."""

Curves = Mapping[PhaseName, Sequence[float]]


def distribution_picture(evidence: Evidence) -> Markup:
    """Give nothing where no phase has a request."""
    curves = _latencies(evidence)
    if not curves:
        return Markup()
    most = max(1, *(len(values) for values in curves.values()))
    nines = max(1.0, math.log10(most))
    low, high = _limits(curves)
    parts = [*_grid(nines), *_scale(low, high), _lines(curves, nines, low, high)]
    return picture(parts, label=_label(curves), height=HEIGHT + _AXIS_HEIGHT)


def _latencies(evidence: Evidence) -> Curves:
    rows = attempt_stats.by_phase(evidence.load.attempts if evidence.load else (), evidence.phases)
    return {
        name: sorted(max(0.0001, row.latency_seconds) for row in rows[name])
        for name in PhaseName
        if rows.get(name)
    }


def _limits(curves: Curves) -> tuple[float, float]:
    """Open the scale a little, so that a flat curve has a place in it."""
    low = min(values[0] for values in curves.values())
    high = max(values[-1] for values in curves.values())
    return math.log10(low) - 0.05, math.log10(high) + 0.05


def _label(curves: Curves) -> str:
    values_at = (f"{name} p99 {_value(values, 0.99)}" for name, values in curves.items())
    return f"Latency by percentile: {', '.join(values_at)}"


def _value(values: Sequence[float], ratio: float) -> str:
    return formatting.milliseconds(1000 * (nearest_rank(values, ratio) or 0.0))


def _place(ratio: float, nines: float) -> float:
    """Give each further nine the same width: 0 is the median's left, 1 the last request."""
    return min(1.0, -math.log10(1 - ratio) / nines)


def _grid(nines: float) -> Iterator[Markup]:
    for ratio in _MARKED:
        if -math.log10(1 - ratio) > nines:
            continue
        x = percents(_place(ratio, nines))
        yield element("line", class_="grid", x1=x, x2=x, y1=0, y2=HEIGHT)
        name = f"p{100 * ratio:g}"
        look = {"x": x, "y": HEIGHT + 16, "text_anchor": "middle"}
        if _place(ratio, nines) < 0.97:  # noqa: PLR2004 - a label at the edge would be cut off
            yield element("text", name, class_="tick", **look)


def _scale(low: float, high: float) -> Iterator[Markup]:
    yield element("line", class_="base", x1=0, x2="100%", y1=HEIGHT, y2=HEIGHT)
    for seconds in _round_latencies(low, high):
        y = f"{HEIGHT * (1 - (math.log10(seconds) - low) / (high - low)):.1f}"
        yield element("line", class_="grid", x1=0, x2="100%", y1=y, y2=y)
        name = formatting.milliseconds(1000 * seconds)
        yield element("text", name, class_="tick", x=0, y=f"{float(y) - 3:.1f}")


def _round_latencies(low: float, high: float) -> Iterator[float]:
    """Give powers of ten in seconds, and twos and fives between them where they fit."""
    between = (1, 2, 5) if high - low < _MOST_DECADES_WITH_ALL else (1,)
    for power in range(math.floor(low), math.floor(high) + 1):
        for factor in between:
            if low <= power + math.log10(factor) <= high:
                yield factor * 10.0**power


def _lines(curves: Curves, nines: float, low: float, high: float) -> Markup:
    drawn = (_line(name, values, nines, low, high) for name, values in curves.items())
    return element(
        "svg",
        *drawn,
        width="100%",
        height=HEIGHT,
        viewBox=f"0 0 {UNITS} 100",
        preserveAspectRatio="none",
    )


def _line(
    name: PhaseName, values: Sequence[float], nines: float, low: float, high: float
) -> Markup:
    last = math.log10(len(values)) if len(values) > 1 else 0.0
    places = []
    for step in range(_STEPS + 1):
        passed = last * step / _STEPS
        value = nearest_rank(values, 1 - 10.0**-passed) or values[-1]
        x = UNITS * min(1.0, passed / nines)
        places.append(f"{x:.1f},{100 * (1 - (math.log10(value) - low) / (high - low)):.2f}")
    look = {"class_": f"line {name}", "vector_effect": "non-scaling-stroke"}
    return element("polyline", points=" ".join(places), **look)
