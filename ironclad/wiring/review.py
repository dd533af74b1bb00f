"""The daily look at every error budget of a stack."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from ironclad.adapters.runs.reports import past_runs
from ironclad.domain.slo.budget_review import Burned, Review, review
from ironclad.domain.slo.slo import Objective
from ironclad.domain.stack.commands import command
from ironclad.domain.stack.stack import StackRef
from ironclad.errors import StateError
from ironclad.ports import MetricsSource
from ironclad.report.parts.budgets import review_markdown
from ironclad.settings import settings
from ironclad.wiring.objectives import objective_documents
from ironclad.wiring.stack import open_toolbox
from ironclad.wiring.target import ANY, StackTarget

_RECENTLY = (
    'sum_over_time(slo:game_day_bad_events:rate{objective="NAME"}[3d])'
    ' / sum_over_time(slo:bad_events:rate{objective="NAME"}[3d])'
)
"""The share of the bad events of three days that the load of game days met."""


@dataclass(frozen=True, slots=True)
class Reviewed:
    reviews: Sequence[Review]
    markdown: str


async def review_budgets(ref: StackRef, target: StackTarget = ANY) -> Reviewed:
    """Ask Prometheus and the history. Raises StateError where monitoring is not up."""
    runs = [
        run
        for run in past_runs(settings().reports)
        if (run.platform, run.stack) == (ref.platform, ref.name)
    ]
    async with open_toolbox(ref, target) as tools:
        now, endpoints = tools.clock.now(), await tools.platform.endpoints()
        if endpoints.prometheus is None:
            remedy = command("up --stage monitoring", ref)
            raise StateError(f"{ref} has no Prometheus; {remedy} brings it")
        metrics = tools.watchers(endpoints).metrics
        reviews = [
            review(objective, await _burned(metrics, objective, now), runs, now)
            for objective in objective_documents().every().values()
        ]
    return Reviewed(reviews, review_markdown(str(ref), reviews, now))


async def _burned(metrics: MetricsSource, objective: Objective, now: datetime) -> Burned:
    async def value(metric: str) -> float | None:
        return await metrics.value(f'{metric}{{objective="{objective.name}"}}', now.timestamp())

    left = await value("error_budget_remaining_percentage")
    planned = await value("error_budget_spent_by_game_days_percentage")
    recently = await value("slo:bad_events:sum3d")
    share = await metrics.value(_RECENTLY.replace("NAME", objective.name), now.timestamp())
    return Burned(
        remaining_ratio=None if left is None else left / 100,
        coverage_ratio=await value("error_budget_coverage_ratio"),
        bad_events=await value("slo:bad_events:sum30d"),
        valid_events=await value("slo:valid_events:sum30d"),
        bad_recently=recently,
        by_game_days_ratio=None if planned is None else planned / 100,
        by_game_days_recently=None if None in {recently, share} else (recently or 0) * (share or 0),
    )
