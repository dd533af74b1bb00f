"""Do the expected alerts exist, and can they fire in the planned time?"""

from collections.abc import Iterator, Sequence

from ironclad.domain.alerting.forecast import AlertForecast
from ironclad.domain.experiment.experiment import ExpectedAlerts
from ironclad.domain.stack.commands import command
from ironclad.domain.text.did_you_mean import did_you_mean
from ironclad.game_day.planning.alert_forecast import Coming, forecast_alerts
from ironclad.game_day.planning.scope import Found, Scope


def impossible(expected: ExpectedAlerts, forecasts: Sequence[AlertForecast]) -> Iterator[str]:
    """Tell which alerts must fire and cannot; what may or may not is left to the run."""
    for one in forecasts:
        if one.name in expected.must and one.after_seconds is None and one.is_sure:
            yield (
                f"the alert {one.name} must fire and cannot in the planned time, with the traffic"
                " that is in its window; break more, or for longer, or do not expect it"
            )


def contradicting(expected: ExpectedAlerts, forecasts: Sequence[AlertForecast]) -> Iterator[str]:
    """Tell which alerts may not fire, but will, and which fire before any fault could be why."""
    for one in forecasts:
        if one.already and one.name in (*expected.must, *expected.must_not):
            yield (
                f"the alert {one.name} fires already, or will before the first fault, by earlier"
                " traffic: its firing shows nothing; wait until its windows are clear"
            )
        elif one.name in expected.must_not and one.after_seconds is not None and one.is_sure:
            yield (
                f"the alert {one.name} may not fire, and is predicted to"
                f" {one.after_seconds:.1f} s after the first fault begins"
            )


LOOKED_BACK_SECONDS = 30.0


async def alerts(scope: Scope) -> Found:
    expected = scope.experiment.expect.alerts
    names = (*expected.must, *expected.must_not)
    if not names:
        return Found()
    load = command("up --stage monitoring", scope.tools.ref)
    since = scope.now - LOOKED_BACK_SECONDS
    sightings = await scope.watchers.metrics.alert_sightings(names, since, scope.now)
    unknown = [sighting.name for sighting in sightings if not sighting.known]
    known = await _alert_names(scope) if unknown else ()
    return Found(
        reasons=tuple(
            f"the alert {name} is expected, and Prometheus has no rule of that name"
            + did_you_mean(
                name, known, f"`ironclad slo generate` writes the rules, {load} loads them"
            )
            for name in unknown
        ),
        warnings=tuple(
            f"the alert {sighting.name} fires already, so this game day cannot show that it does"
            for sighting in sightings
            if sighting.firing_at_baseline
        ),
    )


async def _alert_names(scope: Scope) -> tuple[str, ...]:
    rules = await scope.watchers.metrics.live_rules()
    return tuple(rule.name for rule in rules if rule.is_alert)


async def alert_times(scope: Scope) -> Found:
    coming = Coming(
        experiment=scope.experiment,
        objectives=scope.objectives,
        faults=scope.faults,
        replicas=scope.replicas,
        now=scope.now,
    )
    found, expected = (
        await forecast_alerts(coming, scope.watchers.metrics),
        scope.experiment.expect.alerts,
    )
    return Found(
        reasons=tuple(impossible(expected, found)),
        warnings=tuple(contradicting(expected, found)),
        alerts=found,
    )
