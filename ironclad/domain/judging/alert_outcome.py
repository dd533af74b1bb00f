"""What became of the alerts that were expected, and of those that may not fire."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from ironclad.domain.alerting.firing_alerts import AlertOutcome, AlertSighting, Wanted
from ironclad.domain.evidence.evidence import Evidence
from ironclad.domain.judging.check import Answer, Check
from ironclad.domain.judging.watched import not_evaluated
from ironclad.domain.text.wording import duration

_ANSWERS = {
    AlertOutcome.ON_TIME: Answer.SHOWN,
    AlertOutcome.SILENT: Answer.SHOWN,
    AlertOutcome.EARLY: Answer.REFUTED,
    AlertOutcome.LATE: Answer.REFUTED,
    AlertOutcome.MISSED: Answer.REFUTED,
    AlertOutcome.NOISY: Answer.REFUTED,
    AlertOutcome.ALREADY_FIRING: Answer.UNKNOWN,
    AlertOutcome.NOT_APPLICABLE: Answer.UNKNOWN,
}

_NOT_SEEN = frozenset({AlertOutcome.SILENT, AlertOutcome.MISSED, AlertOutcome.LATE})

_SENTENCES = {
    AlertOutcome.ON_TIME: "{name} fired in time",
    AlertOutcome.SILENT: "{name} stayed silent, as it should",
    AlertOutcome.EARLY: "{name} fired too early, at {at}",
    AlertOutcome.LATE: "{name} fired too late, at {at}",
    AlertOutcome.MISSED: "{name} should have fired and did not",
    AlertOutcome.NOISY: "{name} fired at {at} and should not have",
    AlertOutcome.ALREADY_FIRING: "{name} was firing before the fault, so its firing shows nothing",
    AlertOutcome.NOT_APPLICABLE: "Prometheus has no rule {name}",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertPrediction:
    """When an alert should fire: on time within `tolerance` after, and `leeway` before."""

    at: datetime
    tolerance: timedelta
    leeway: timedelta = timedelta()


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertAssessment:
    """`outcome` is None when the alert was not looked for."""

    name: str
    wanted: Wanted
    predicted_at: datetime | None
    sighting: AlertSighting | None
    outcome: AlertOutcome | None
    check: Check

    @property
    def delivery_seconds(self) -> float | None:
        """From firing in Prometheus to delivered by Alertmanager."""
        if self.sighting is None or not (self.sighting.firing_at and self.sighting.delivered_at):
            return None
        return (self.sighting.delivered_at - self.sighting.firing_at).total_seconds()


def assess_alerts(
    evidence: Evidence, predictions: dict[str, AlertPrediction] | None = None
) -> tuple[AlertAssessment, ...]:
    expected = evidence.plan.experiment.expect.alerts
    wanted = [(name, Wanted.MUST) for name in expected.must]
    wanted += [(name, Wanted.MUST_NOT) for name in expected.must_not]
    unwatched = not_evaluated(evidence) if wanted else ""
    found = (
        _assess(evidence, name, expected, (predictions or {}).get(name))
        for name, expected in wanted
    )
    return tuple(_doubted(one, unwatched) if unwatched else one for one in found)


def _doubted(assessed: AlertAssessment, unwatched: str) -> AlertAssessment:
    """An alert that did not come in time may have had no evaluation to come with."""
    if assessed.outcome not in _NOT_SEEN:
        return assessed
    sentence = f"{unwatched}, so it is not known: {assessed.check.sentence}"
    return replace(assessed, check=Check(assessed.check.subject, Answer.UNKNOWN, sentence))


def further_alerts(evidence: Evidence) -> tuple[AlertSighting, ...]:
    """Give those that fired and that the experiment does not speak of."""
    expected = evidence.plan.experiment.expect.alerts
    named = {*expected.must, *expected.must_not}
    return tuple(one for one in evidence.alerts if one.firing_at and one.name not in named)


def _assess(
    evidence: Evidence, name: str, wanted: Wanted, prediction: AlertPrediction | None
) -> AlertAssessment:
    sighting = next((seen for seen in evidence.alerts if seen.name == name), None)
    outcome = None if sighting is None else _outcome(wanted, sighting, prediction, evidence)
    return AlertAssessment(
        name=name,
        wanted=wanted,
        predicted_at=prediction.at if prediction else None,
        sighting=sighting,
        outcome=outcome,
        check=_check(name, outcome, sighting),
    )


def _outcome(
    wanted: Wanted,
    sighting: AlertSighting,
    prediction: AlertPrediction | None,
    evidence: Evidence,
) -> AlertOutcome:
    if not sighting.known:
        return AlertOutcome.NOT_APPLICABLE
    if sighting.firing_at_baseline:
        return AlertOutcome.ALREADY_FIRING
    if wanted is Wanted.MUST_NOT:
        return AlertOutcome.NOISY if sighting.firing_at else AlertOutcome.SILENT
    if sighting.firing_at is None:
        return AlertOutcome.MISSED
    return _timing(sighting.firing_at, prediction, evidence)


def _timing(
    firing_at: datetime, prediction: AlertPrediction | None, evidence: Evidence
) -> AlertOutcome:
    """Without a prediction, on time is what fires before the last phase ends."""
    if prediction is None:
        ends = [span.ended_at for span in evidence.phases if span.ended_at is not None]
        is_late = firing_at > max(ends, default=evidence.finished_at)
        return AlertOutcome.LATE if is_late else AlertOutcome.ON_TIME
    if firing_at < prediction.at - prediction.leeway:
        return AlertOutcome.EARLY
    is_late = firing_at > prediction.at + prediction.tolerance
    return AlertOutcome.LATE if is_late else AlertOutcome.ON_TIME


def _check(name: str, outcome: AlertOutcome | None, sighting: AlertSighting | None) -> Check:
    subject = f"alert {name}"
    if outcome is None or sighting is None:
        return Check(subject, Answer.UNKNOWN, f"whether {name} fired is not known")
    at = f"{sighting.firing_at:%H:%M:%S}" if sighting.firing_at else "no time"
    sentence = _SENTENCES[outcome].format(name=name, at=f"{at} UTC")
    if outcome is AlertOutcome.ON_TIME and sighting.delivered_at is None:
        return Check(subject, Answer.UNKNOWN, f"{sentence}, but no delivery was recorded")
    return Check(subject, _ANSWERS[outcome], sentence + _delivered(sighting, outcome))


def _delivered(sighting: AlertSighting, outcome: AlertOutcome) -> str:
    if outcome is not AlertOutcome.ON_TIME or not sighting.delivered_at or not sighting.firing_at:
        return ""
    return f" and was delivered {duration(sighting.delivered_at - sighting.firing_at)} later"


def alert_predictions(evidence: Evidence) -> dict[str, AlertPrediction]:
    """What may fire, but need not, has no time; nor has anything where no fault began.

    Firing has Prometheus' clock and the fault has ours: the times may be off by their skew.
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
