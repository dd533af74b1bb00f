"""Alerts that an experiment speaks of must exist; one that fires already can show nothing."""

from ironclad.domain.commands import command
from ironclad.game_day.planning.scope import Found, Scope

LOOKED_BACK_SECONDS = 30.0


async def alerts(scope: Scope) -> Found:
    expected = scope.experiment.expect.alerts
    names = (*expected.must, *expected.must_not)
    if not names:
        return Found()
    load = command("up --stage monitoring", scope.tools.ref)
    since = scope.now - LOOKED_BACK_SECONDS
    sightings = await scope.watchers.metrics.alert_sightings(names, since, scope.now)
    return Found(
        reasons=tuple(
            f"the alert {sighting.name} is expected, and Prometheus has no rule of that name;"
            f" `ironclad slo generate` writes the rules, {load} loads them"
            for sighting in sightings
            if not sighting.known
        ),
        warnings=tuple(
            f"the alert {sighting.name} fires already, so this game day cannot show that it does"
            for sighting in sightings
            if sighting.firing_at_baseline
        ),
    )
