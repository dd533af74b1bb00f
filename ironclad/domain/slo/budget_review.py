"""What is left of each error budget, what burned it, and the day it runs out at this pace."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from ironclad.domain.history.past_run import PastRun
from ironclad.domain.slo.slo import Objective, budget_events

LOW_RATIO = 0.5
"""Under this no game day runs."""
EXHAUSTING_RATIO = 0.1
"""Under this no change is deployed."""
PACE_OVER = timedelta(days=3)


@dataclass(frozen=True, slots=True, kw_only=True)
class Burned:
    """What Prometheus has of one objective; None where it has nothing.

    `bad_…` and `valid_…` are events of the period, `bad_recently` those of the last three days.
    What game days did is what their own load met, whether or not they came to a verdict.
    """

    remaining_ratio: float | None
    coverage_ratio: float | None = None
    bad_events: float | None = None
    valid_events: float | None = None
    bad_recently: float | None = None
    by_game_days_ratio: float | None = None
    by_game_days_recently: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """Ratios of the whole period's budget. `pace` is what a day costs, game days left out."""

    objective: Objective
    remaining_ratio: float | None
    coverage_ratio: float | None
    by_game_days_ratio: float
    game_days: int
    by_rest_ratio: float | None
    pace_a_day_ratio: float | None
    runs_out_at: datetime | None

    @property
    def level(self) -> str:
        """Give the last word of the event that tells of it."""
        if self.remaining_ratio is None:
            return "unknown"
        if self.remaining_ratio <= 0:
            return "exhausted"
        if self.remaining_ratio < EXHAUSTING_RATIO:
            return "exhausting"
        return "low" if self.remaining_ratio < LOW_RATIO else "healthy"


def review(objective: Objective, burned: Burned, runs: Iterable[PastRun], now: datetime) -> Review:
    """`runs` are those of the stack; the ones in the objective's period are counted apart."""
    own = [
        run
        for run in runs
        if run.spent_objective == objective.name and run.started_at > now - objective.period
    ]
    pace = _pace(objective, burned, own, now)
    spent = None if burned.remaining_ratio is None else 1 - burned.remaining_ratio
    planned = max(_spent(own), burned.by_game_days_ratio or 0.0)
    return Review(
        objective=objective,
        remaining_ratio=burned.remaining_ratio,
        coverage_ratio=burned.coverage_ratio,
        by_game_days_ratio=planned,
        game_days=len(own),
        by_rest_ratio=None if spent is None else max(0.0, spent - planned),
        pace_a_day_ratio=pace,
        runs_out_at=_runs_out_at(burned.remaining_ratio, pace, now),
    )


def _spent(runs: Iterable[PastRun]) -> float:
    return sum(run.spent_ratio or 0.0 for run in runs)


def _pace(
    objective: Objective, burned: Burned, runs: Iterable[PastRun], now: datetime
) -> float | None:
    """Of the last three days, less what game days spent in them: those are planned, not a trend."""
    if burned.bad_recently is None:
        return None
    whole = budget_events(objective, round(burned.valid_events or 0.0))
    recent = [run for run in runs if run.started_at > now - PACE_OVER]
    planned = max(_spent(recent), (burned.by_game_days_recently or 0.0) / whole)
    return max(0.0, burned.bad_recently / whole - planned) / (PACE_OVER / timedelta(days=1))


def _runs_out_at(remaining: float | None, pace: float | None, now: datetime) -> datetime | None:
    """None while nothing is being spent, or where nothing is known, or beyond a year."""
    if remaining is None or not pace:
        return None
    days = max(0.0, remaining) / pace
    return now + timedelta(days=days) if days <= 365 else None  # noqa: PLR2004
