"""What is compared of a replica, and the samples of it within a span of time."""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from ironclad.domain.evidence import attempt_stats
from ironclad.domain.evidence.counters import Sample
from ironclad.domain.evidence.evidence import Evidence
from ironclad.domain.judging.starvation import CALM, Starvation
from ironclad.domain.load.load import Attempt
from ironclad.domain.text.wording import count, duration

CPU = 'process_cpu_seconds_total{job="ironclad-backend"}'
REQUESTS = 'http_request_duration_seconds_count{job="ironclad-backend"}'
MEMORY = 'process_resident_memory_bytes{job="ironclad-backend"}'
FILES = 'process_open_fds{job="ironclad-backend"}'
POOL = 'database_pool_in_use{job="ironclad-backend"}'
SELECTORS = (CPU, REQUESTS, MEMORY, FILES, POOL)
"""What Prometheus is asked for."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure of one replica of which less is better; `written` gives it its unit.

    Medians differ materially if by `least` (in the figure's unit) and by `least_ratio` of the
    baseline's. The lowest samples of what `comes_and_goes` have to differ so as well.
    """

    name: str
    unit: str
    written: Callable[[float], str]
    least: float
    least_ratio: float
    comes_and_goes: bool = False

    def is_material(self, before: Sequence[float], after: Sequence[float]) -> bool:
        differs = self._differs(median(before), median(after))
        return differs and (not self.comes_and_goes or self._differs(min(before), min(after)))

    def _differs(self, before: float, after: float) -> bool:
        return after - before >= max(self.least, self.least_ratio * before)


LATENCY = Figure("latency", "s", duration, 0.010, 0.25)
CPU_PER_REQUEST = Figure("CPU per request", "s", lambda each: f"{1000 * each:.2g} ms", 0.0005, 0.5)
_OF_SAMPLES = {
    MEMORY: Figure("memory", "bytes", lambda each: f"{each / 2**20:.0f} MiB", 2.0**24, 0.2),
    FILES: Figure("open files", "files", count, 20, 0.5),
    POOL: Figure("busy database connections", "connections", count, 1, 0.0, comes_and_goes=True),
}
FIGURES = {one.name: one for one in (LATENCY, CPU_PER_REQUEST, *_OF_SAMPLES.values())}

Span = tuple[float, float]
"""Epoch seconds."""

Values = Mapping[str, Sequence[float]]
"""By replica."""

_BySeries = Mapping[str, Sequence[Sequence[Sample]]]


def figures(evidence: Evidence) -> tuple[Figure, ...]:
    """Of a service that is not ours, only its answers are known."""
    return (LATENCY,) if evidence.plan.experiment.workload else tuple(FIGURES.values())


def values(evidence: Evidence, span: Span, starvation: Starvation) -> dict[Figure, Values]:
    """Give each figure's samples; all but memory leave out seconds in which the machine starved."""
    rows = evidence.load.attempts if evidence.load else ()
    found = {LATENCY: _latencies(starvation.calm(attempt_stats.within(rows, *span)))}
    if evidence.plan.experiment.workload is not None:
        return found
    cpu, requests = (_within(evidence, each, span, starvation) for each in (CPU, REQUESTS))
    found[CPU_PER_REQUEST] = {
        pod: _ratios(each, requests.get(pod, ())) for pod, each in cpu.items()
    }
    for selector, figure in _OF_SAMPLES.items():
        held = _within(evidence, selector, span, CALM if selector == MEMORY else starvation)
        found[figure] = {pod: _plain(series) for pod, series in held.items()}
    return found


def _latencies(rows: Iterable[Attempt]) -> Values:
    found: dict[str, list[float]] = {}
    for row in rows:
        if not row.is_bad:
            found.setdefault(row.replica, []).append(row.latency_seconds)
    return found


def _within(evidence: Evidence, selector: str, span: Span, starvation: Starvation) -> _BySeries:
    start, end = span
    found: dict[str, list[Sequence[Sample]]] = {}
    for series in evidence.observed.get(selector, ()):
        samples = [
            each
            for each in series.samples
            if start <= each.at <= end and int(each.at) not in starvation.seconds
            if math.isfinite(each.value)
        ]
        if samples:
            found.setdefault(series.label("pod"), []).append(samples)
    return found


def _plain(series: Sequence[Sequence[Sample]]) -> list[float]:
    return [each.value for samples in series for each in samples]


def _ratios(cpu: Sequence[Sequence[Sample]], requests: Sequence[Sequence[Sample]]) -> list[float]:
    """Divide what both grew by from scrape to scrape; a restart in between counts nothing."""
    served = _summed(requests)
    steps = ((a, b) for samples in cpu for a, b in pairwise(samples) if a.value <= b.value)
    grown = ((b.value - a.value, served.get(b.at, 0.0) - served.get(a.at, 0.0)) for a, b in steps)
    return [seconds / answered for seconds, answered in grown if answered > 0]


def _summed(series: Sequence[Sequence[Sample]]) -> dict[float, float]:
    """Add up the series of one page, which have their samples at the same times."""
    found: dict[float, float] = {}
    for samples in series:
        for each in samples:
            found[each.at] = found.get(each.at, 0.0) + each.value
    return found
