"""Who watched the run: a silence counts only while Prometheus evaluated its rules."""

import math
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from itertools import pairwise

from ironclad.domain.evidence.counters import Sample, Series
from ironclad.domain.evidence.evidence import Evidence
from ironclad.domain.text.wording import duration

EVALUATED = "prometheus_rule_group_last_evaluation_timestamp_seconds"
INTERVALS = "prometheus_rule_group_interval_seconds"
UP = 'up{job=~"(ironclad-)?(alertmanager|janitor)"}'
SELECTORS = (EVALUATED, INTERVALS, UP)
"""What Prometheus is asked for."""

MISSED_RATIO = 1.5
"""Of a group's interval: the next evaluation comes after one, give or take a busy moment."""

AWAY_SECONDS = 15.0
"""Three scrapes each 5 s; a shorter silence is one scrape that was lost."""


def not_evaluated(evidence: Evidence) -> str:
    """Say when rules were not evaluated after the first fault was armed; empty if they were."""
    armed = [one.armed_at for one in evidence.faults if one.armed_at is not None]
    ended = [span.ended_at for span in evidence.phases if span.ended_at is not None]
    if not armed or not ended:
        return ""
    series = evidence.observed.get(EVALUATED, ())
    if not any(one.samples for one in series):
        return "Prometheus has no sample of when it evaluated its rules; let it scrape itself"
    start, end = min(armed).timestamp(), max(ended).timestamp()
    intervals = _intervals(evidence)
    missed = [
        gap
        for one in series
        for gap in _missed(one, intervals.get(one.label("rule_group"), 0.0), start, end)
    ]
    if not missed:
        return ""
    longest = max(missed, key=lambda gap: gap[1] - gap[0])
    return f"Prometheus did not evaluate its rules {_when(*longest)}"


def _intervals(evidence: Evidence) -> dict[str, float]:
    series = evidence.observed.get(INTERVALS, ())
    return {one.label("rule_group"): one.samples[-1].value for one in series if one.samples}


def _missed(
    series: Series, interval: float, start: float, end: float
) -> Iterator[tuple[float, float]]:
    """Give the times between two evaluations that are too far apart; silent ends count as well."""
    times = _times(series)
    allowed = max(MISSED_RATIO * interval, interval + AWAY_SECONDS)
    for a, b in pairwise([min([start, *times]), *times, max([end, *times])]):
        if b - a > allowed and b > start and a < end:
            yield a, b


def _times(series: Series) -> list[float]:
    """A group that was not evaluated yet says 0."""
    values = (each.value for each in series.samples)
    return sorted({value for value in values if math.isfinite(value) and value > 0})


def away(evidence: Evidence) -> tuple[str, ...]:
    """Say who of those that deliver and undo was away during the run, and when."""
    if evidence.load is None:
        return ()
    start, end = evidence.load.started_at.timestamp(), evidence.load.ended_at.timestamp()
    return tuple(
        f"{one.label('job').removeprefix('ironclad-')} was away {_when(*gap)}"
        for one in evidence.observed.get(UP, ())
        for gap in pairwise([start, *_answered(one.samples), end])
        if gap[1] - gap[0] > AWAY_SECONDS
    )


def _answered(samples: Sequence[Sample]) -> list[float]:
    return [each.at for each in samples if each.value == 1]


def _when(start: float, end: float) -> str:
    first, last = (datetime.fromtimestamp(at, UTC) for at in (start, end))
    return f"from {first:%H:%M:%S} to {last:%H:%M:%S} UTC ({duration(end - start)})"
