"""What was seen of an alert, from the raw samples that Prometheus keeps of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from ironclad.domain.alerting.firing_alerts import AlertSighting
from ironclad.domain.evidence.counters import Series

_MISSED_EVALUATIONS = 1.5


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertTrace:
    """One alert's raw data.

    `states` are its `ALERTS` series, of every label set, over the window (`ALERTS_FOR_STATE` adds
    nothing: its values are cut to whole seconds). `was_firing` tells of the window's beginning.
    `interval_seconds`, `severity` and `runbook` are the rule's own; the interval is None when
    Prometheus has no such rule.
    """

    name: str
    states: Sequence[Series]
    was_firing: bool
    interval_seconds: float | None
    severity: str = ""
    runbook: str = ""


def sighting(trace: AlertTrace, end: float) -> AlertSighting:
    """Judge all series of the alert: the first that is pending or firing, the last that is gone."""
    firing = _stamps(trace, "firing")
    return AlertSighting(
        name=trace.name,
        known=trace.interval_seconds is not None,
        firing_at_baseline=trace.was_firing,
        pending_at=_moment(min(_stamps(trace, "pending"), default=None)),
        firing_at=_moment(min(firing, default=None)),
        resolved_at=_moment(_gone_at(trace, firing, end)),
        severity=trace.severity,
        runbook=trace.runbook,
    )


def _stamps(trace: AlertTrace, state: str) -> list[float]:
    return [
        sample.at
        for series in trace.states
        if series.label("alertstate") == state
        for sample in series.samples
    ]


def _gone_at(trace: AlertTrace, firing: Sequence[float], end: float) -> float | None:
    """Give the first evaluation at which it no longer fired; None while it may still fire."""
    if not firing or trace.interval_seconds is None:
        return None
    last, interval = max(firing), trace.interval_seconds
    return last + interval if last + _MISSED_EVALUATIONS * interval < end else None


def _moment(epoch_seconds: float | None) -> datetime | None:
    return None if epoch_seconds is None else datetime.fromtimestamp(epoch_seconds, UTC)
