"""Experiments over time: who ran when, and whose knowledge is old."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from statistics import median

from ironclad.domain.history.past_run import PastRun

STALE_AFTER = timedelta(days=30)
STALE_INTERVALS = 2
_LEAST_INTERVAL = timedelta(days=1)
_GAPS_AT_LEAST = 3
"""So many gaps between runs are a habit; fewer are none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trend:
    """All runs of one experiment on one stack, oldest first; none of one that never ran.

    Those that broke off are counted apart: they say nothing of the experiment.
    """

    experiment: str
    platform: str
    stack: str
    runs: tuple[PastRun, ...]
    broken: int = 0

    @property
    def last(self) -> PastRun | None:
        return self.runs[-1] if self.runs else None

    @property
    def stale_after(self) -> timedelta:
        """Two of its usual intervals, and never more than 30 days; an interval is a day or more."""
        starts = [run.started_at for run in self.runs]
        gaps = [(later - earlier).total_seconds() for earlier, later in pairwise(starts)]
        if len(gaps) < _GAPS_AT_LEAST:
            return STALE_AFTER
        interval = max(_LEAST_INTERVAL, timedelta(seconds=median(gaps)))
        return min(STALE_AFTER, STALE_INTERVALS * interval)

    def is_stale(self, now: datetime) -> bool:
        """Never run is as stale as it gets."""
        return self.last is None or now - self.last.started_at > self.stale_after


def trends(runs: Iterable[PastRun], experiments: Sequence[str] = ()) -> tuple[Trend, ...]:
    """Group them in name order; an experiment that is named and never ran has a trend as well."""
    groups: dict[tuple[str, str, str], list[PastRun]] = {}
    for run in sorted(runs, key=lambda run: (run.started_at, run.run)):
        groups.setdefault((run.experiment, run.platform, run.stack), []).append(run)
    for name in set(experiments) - {experiment for experiment, _, _ in groups}:
        groups[name, "", ""] = []
    return tuple(
        Trend(
            experiment=key[0],
            platform=key[1],
            stack=key[2],
            runs=tuple(run for run in groups[key] if run.was_held),
            broken=sum(not run.was_held for run in groups[key]),
        )
        for key in sorted(groups)
    )
