"""What the expected safeguards are judged by, raw from Prometheus; nothing where none is named."""

from collections.abc import Mapping

from ironclad.domain.counters import Series
from ironclad.domain.safeguards import SERIES
from ironclad.errors import IroncladError
from ironclad.game_day.run import GameDay


async def observe(day: GameDay, end: float) -> Mapping[str, tuple[Series, ...]]:
    """Read each selector over the whole game day; one that cannot be read becomes a gap."""
    names = day.plan.experiment.expect.safeguards
    observed: dict[str, tuple[Series, ...]] = {}
    for selector in {one: None for name in names for one in SERIES.get(name, ())}:
        try:
            observed[selector] = await day.watchers.metrics.raw(selector, day.quiet_since, end)
        except IroncladError as error:
            day.gaps.append(f"Prometheus gave no samples of {selector}: {error}")
    return observed
