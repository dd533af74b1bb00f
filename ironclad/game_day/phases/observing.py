"""What the expected safeguards are judged by: samples of Prometheus, and connections tried."""

from collections.abc import Iterator, Mapping

from ironclad.domain.evidence.counters import Series
from ironclad.domain.experiment.experiment import Experiment
from ironclad.domain.experiment.safeguards import SERIES, TRIED, SafeguardName
from ironclad.domain.judging.as_before.figures import SELECTORS
from ironclad.errors import IroncladError
from ironclad.game_day.run import GameDay


async def try_connections(day: GameDay) -> None:
    """Try what policies forbid before anything is broken; what cannot be tried becomes a gap."""
    if SafeguardName.NETWORK_POLICY_DENIES not in day.plan.experiment.expect.safeguards:
        return
    try:
        tried = await day.tools.connections.tried(day.plan.run)
    except IroncladError as error:
        day.journal.admit(f"no connection could be tried: {error}")
        return
    if tried:
        day.measurement.observe({TRIED: tried})
        day.journal.mark("connections that policies allow and forbid were tried", source="client")


async def observe(day: GameDay, end: float) -> Mapping[str, tuple[Series, ...]]:
    """Read each selector over the whole game day; one that cannot be read becomes a gap."""
    observed: dict[str, tuple[Series, ...]] = {}
    for selector in dict.fromkeys(_selectors(day.plan.experiment)):
        try:
            observed[selector] = await day.watchers.metrics.raw(
                selector, day.baseline.began_at, end
            )
        except IroncladError as error:
            day.journal.admit(f"Prometheus gave no samples of {selector}: {error}")
    return observed


def _selectors(experiment: Experiment) -> Iterator[str]:
    for name in experiment.expect.safeguards:
        yield from SERIES.get(name, ())
    if experiment.expect.as_before and experiment.workload is None:
        yield from SELECTORS
