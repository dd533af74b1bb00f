"""Can the alerts that must fire do so, in the planned time and with what is in the window?"""

from ironclad.domain.alerting.expectation import contradicting, impossible
from ironclad.game_day.foretelling import Coming, foretold
from ironclad.game_day.planning.scope import Found, Scope


async def alert_times(scope: Scope) -> Found:
    coming = Coming(
        experiment=scope.experiment,
        objectives=scope.objectives,
        faults=scope.faults,
        replicas=scope.replicas,
        now=scope.now,
    )
    found, expected = await foretold(coming, scope.watchers.metrics), scope.experiment.expect.alerts
    return Found(
        reasons=tuple(impossible(expected, found)),
        warnings=tuple(contradicting(expected, found)),
        alerts=found,
    )
