"""A forecast of seconds becomes a time, once it is known when the first fault began to bite."""

from datetime import UTC, datetime, timedelta

from ironclad.domain.evidence.evidence import Evidence
from ironclad.domain.judging.alert_outcome import AlertPrediction


def alert_predictions(evidence: Evidence) -> dict[str, AlertPrediction]:
    """What may fire, but need not, has no time; nor has anything where no fault began.

    Firing is told by Prometheus' clock and the fault by ours: the times may be off by their skew.
    """
    began, skew = _began_at(evidence), timedelta(seconds=abs(evidence.clock_skew_seconds or 0.0))
    if began is None:
        return {}
    return {
        one.name: AlertPrediction(
            at=began + timedelta(seconds=one.after_seconds),
            tolerance=timedelta(seconds=one.tolerance_seconds) + skew,
            leeway=evidence.plan.scrape_interval + skew,
        )
        for one in evidence.forecasts
        if one.after_seconds is not None and one.is_sure
    }


def _began_at(evidence: Evidence) -> datetime | None:
    """Arming takes its time, and the first request that is hit may come before it is over."""
    armed = [record for record in evidence.faults if record.armed_at is not None]
    if not armed:
        return None
    first = min(armed, key=lambda record: record.armed_at or datetime.max.replace(tzinfo=UTC))
    attempts = evidence.load.attempts if evidence.load else ()
    hit = min((row.sent_at for row in attempts if row.is_marked(first.id)), default=None)
    times = [first.armed_at, datetime.fromtimestamp(hit, UTC) if hit is not None else None]
    return min(time for time in times if time is not None)
