"""What the expected safeguards are judged by: samples of Prometheus, and connections tried."""

from collections.abc import Mapping

from ironclad.domain.evidence.counters import Series
from ironclad.domain.experiment.safeguards import SERIES, TRIED, SafeguardName
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
    names = day.plan.experiment.expect.safeguards
    observed: dict[str, tuple[Series, ...]] = {}
    for selector in {one: None for name in names for one in SERIES.get(name, ())}:
        try:
            observed[selector] = await day.watchers.metrics.raw(
                selector, day.baseline.began_at, end
            )
        except IroncladError as error:
            day.journal.admit(f"Prometheus gave no samples of {selector}: {error}")
    return observed
