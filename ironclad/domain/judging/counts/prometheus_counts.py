"""Whole numbers from Prometheus' raw samples, or the reason why there are none."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from ironclad.domain.evidence.counters import Series, delta, resets
from ironclad.domain.evidence.evidence import MetricsWindow
from ironclad.domain.slo.slo import Counts


@dataclass(frozen=True, slots=True)
class Counted:
    """Either counts or a problem. `resets` are restarts that the samples show."""

    counts: Counts | None
    problem: str = ""
    resets: int = 0


def prometheus_counts(window: MetricsWindow, quiet_until: float, quiet_since: float) -> Counted:
    """Count what happened between the quiet before `quiet_until` and that after `quiet_since`.

    Both are epoch seconds, the load's first and last moment. A series without a sample in the first
    quiet is of a process that started later, and counts from 0. The reconciliation with the other
    sources checks that.
    """
    answers = window.bad if window.good is None else window.good
    problem = _problem(window.valid, quiet_until, quiet_since) or _problem(
        answers, quiet_until, quiet_since
    )
    if problem:
        return Counted(None, f"Prometheus' samples of {window.objective} {problem}")
    valid, other = _total(window.valid, quiet_until), _total(answers, quiet_until)
    bad = other if window.good is None else valid - other
    if not 0 <= bad <= valid:
        sentence = f"{bad} bad of {valid} requests"
        return Counted(None, f"Prometheus' samples of {window.objective} contradict: {sentence}")
    return Counted(Counts(valid, bad), resets=sum(resets(one.samples) for one in window.valid))


def _problem(series: Sequence[Series], quiet_until: float, quiet_since: float) -> str:
    samples = [one.samples for one in series if one.samples]
    if not samples:
        return "are missing"
    if not all(math.isfinite(sample.value) for one in samples for sample in one):
        return "have values that are no numbers"
    if any(later.at <= earlier.at for one in samples for earlier, later in pairwise(one)):
        return "are not in the order of time"
    if min(one[0].at for one in samples) > quiet_until:
        return "begin after the load did"
    if max(one[-1].at for one in samples) < quiet_since:
        return "end before the load did"
    return ""


def _total(series: Iterable[Series], quiet_until: float) -> int:
    return round(math.fsum(_increase(one, quiet_until) for one in series if one.samples))


def _increase(series: Series, quiet_until: float) -> float:
    first = series.samples[0]
    before = first.value if first.at > quiet_until else 0.0
    return before + (delta(series.samples) or 0.0)
