"""What the expected safeguards are judged by: samples of Prometheus, and connections tried."""

from collections.abc import Iterator

from ironclad.domain.experiment.experiment import Experiment
from ironclad.domain.experiment.safeguards import SERIES, TRIED, SafeguardName
from ironclad.domain.judging import watched
from ironclad.domain.judging.as_before import figures
from ironclad.game_day.run import GameDay


async def try_connections(day: GameDay) -> None:
    """Try what policies forbid before anything is broken; what cannot be tried becomes a gap."""
    if SafeguardName.NETWORK_POLICY_DENIES not in day.plan.experiment.expect.safeguards:
        return
    with day.journal.admitting("no connection could be tried"):
        if tried := await day.tools.connections.tried(day.plan.run):
            day.measurement.observe({TRIED: tried})
            mark = "connections that policies allow and forbid were tried"
            day.journal.mark(mark, source="client")


async def observe(day: GameDay, end: float) -> None:
    """Read each selector over the whole game day; one that cannot be read becomes a gap."""
    metrics, begin = day.watchers.metrics, day.baseline.began_at
    for selector in dict.fromkeys(_selectors(day.plan.experiment)):
        with day.journal.admitting(f"Prometheus gave no samples of {selector}"):
            day.measurement.observe({selector: await metrics.raw(selector, begin, end)})


def _selectors(experiment: Experiment) -> Iterator[str]:
    for name in experiment.expect.safeguards:
        yield from SERIES.get(name, ())
    if experiment.expect.as_before and experiment.workload is None:
        yield from figures.SELECTORS
    yield from watched.SELECTORS
