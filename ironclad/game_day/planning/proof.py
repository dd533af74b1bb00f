"""Can the recovery be proven in its time?"""

from datetime import timedelta

from ironclad.domain.evidence.intervals import requests_to_show
from ironclad.domain.experiment.experiment import Experiment
from ironclad.domain.experiment.pacer import offered_total
from ironclad.domain.text.durations import format_duration
from ironclad.game_day.planning.scope import NOTHING, Found, Scope, warned


async def proof(scope: Scope) -> Found:
    """A warning, since a deviation shows in less: only UPHELD is out of reach."""
    targets = [one.target for one in scope.objectives if one.latency_threshold is None]
    if not targets:
        return NOTHING
    needed = requests_to_show(max(targets))
    offered = offered_in_recovery(scope.experiment)
    if offered >= needed:
        return NOTHING
    lasts = format_duration(scope.experiment.phases.recovery)
    return warned(
        f"recovery offers {offered:,} requests in {lasts}, and showing {max(targets):.4g} takes"
        f" {needed:,} good ones in a row: it cannot end UPHELD; lengthen phases.recovery"
    )


def offered_in_recovery(experiment: Experiment) -> int:
    phases, pacer = experiment.phases, experiment.load.pacer
    begins: timedelta = experiment.load_duration - phases.recovery
    return offered_total(pacer, experiment.load_duration) - offered_total(pacer, begins)
