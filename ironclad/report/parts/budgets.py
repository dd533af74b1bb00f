"""What the game day cost each objective, and the review of all error budgets."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from ironclad.domain.evidence.evidence import Evidence
from ironclad.domain.judging.budget import BudgetAssessment
from ironclad.domain.slo.budget_review import Review
from ironclad.domain.slo.slo import budget_events
from ironclad.report.formats import formatting
from ironclad.report.model import document
from ironclad.report.model.units import source_counts

_HEAD = (
    "| objective | left | runs out | by game days | by all else | of it a day | samples |\n"
    "|---|---:|---|---:|---:|---:|---:|"
)
_FOOT = "A day counts what was spent in the last three, game days apart; samples are of the period."


def review_markdown(stack: str, reviews: Sequence[Review], now: datetime) -> str:
    rows = "\n".join(_row(one) for one in reviews)
    lines = "\n".join(f"- {_sentence(one)}" for one in reviews)
    title = f"# Error budgets of {formatting.markdown_text(stack)}"
    # The table last: Prefect's pages cut a wide one, and swallow what stands behind a list.
    return f"{title}\n\nAs of {formatting.moment(now)}. {_FOOT}\n\n{lines}\n\n{_HEAD}\n{rows}\n"


def _row(one: Review) -> str:
    ends = "no day" if one.runs_out_at is None else f"{one.runs_out_at:%Y-%m-%d}"
    cells = (
        formatting.markdown_text(one.objective.name),
        formatting.percent(one.remaining_ratio),
        formatting.UNKNOWN if one.pace_a_day_ratio is None else ends,
        f"{formatting.percent(one.by_game_days_ratio)} in {one.game_days}",
        formatting.percent(one.by_rest_ratio),
        formatting.percent(one.pace_a_day_ratio),
        formatting.percent(one.coverage_ratio),
    )
    return f"| {' | '.join(cells)} |"


_ADVICE = {
    "healthy": "game days and changes may go on",
    "low": "no game day runs until it has recovered",
    "exhausting": "neither a game day nor a change goes on until it has recovered",
    "exhausted": "it is used up: only what makes the service more reliable may change",
    "unknown": "Prometheus does not know what is left, so nothing is decided by it",
}


def _sentence(one: Review) -> str:
    name = formatting.markdown_text(one.objective.name)
    return f"**{name}** is {one.level}: {_ADVICE[one.level]}."


WEEK = timedelta(days=7)
_NOT_READ = "the budget before is not known: "


def budget(evidence: Evidence, assessed: BudgetAssessment) -> document.Budget:
    predicted = {one.objective: one.spent_ratio for one in evidence.plan.predictions}
    objective, interval = assessed.objective, assessed.interval
    counts = assessed.sources.prometheus
    return document.Budget(
        objective=objective.name,
        target_ratio=objective.target,
        period_days=objective.period / timedelta(days=1),
        declared_requests=objective.declared_requests,
        allowed_ratio=assessed.allowed_ratio,
        predicted_ratio=predicted.get(objective.name),
        spent_ratio=assessed.spent_ratio,
        spent_low=interval.low if interval else None,
        spent_high=interval.high if interval else None,
        bad_events=counts.bad if counts else None,
        whole_events=round(budget_events(objective, counts.valid if counts else 0), 6),
        weekly_ratio=_weekly(assessed),
        time_spent_ratio=assessed.slices.spent_ratio if assessed.slices else None,
        time_spent_low=assessed.slices.interval.low if assessed.slices else None,
        time_spent_high=assessed.slices.interval.high if assessed.slices else None,
        client_spent_ratio=assessed.client_spent_ratio,
        remaining_before_ratio=assessed.remaining_before_ratio,
        remaining_after_ratio=assessed.remaining_after_ratio,
        remaining_reason=_why_not_known(evidence, assessed),
        sources=_sources(assessed),
    )


def _weekly(assessed: BudgetAssessment) -> float | None:
    if assessed.spent_ratio is None:
        return None
    return assessed.spent_ratio * (assessed.objective.period / WEEK)


def _why_not_known(evidence: Evidence, assessed: BudgetAssessment) -> str:
    """A stack's first minutes are the usual case: the rules have not been evaluated yet."""
    if assessed.remaining_before_ratio is not None:
        return ""
    gaps = (gap.removeprefix(_NOT_READ) for gap in evidence.gaps if gap.startswith(_NOT_READ))
    if reason := next(gaps, ""):
        return reason
    if assessed.objective.name not in evidence.remaining_before:
        return "the run ended before Prometheus was asked"
    return "Prometheus had not worked it out yet, as in the first minutes of a stack"


def _sources(assessed: BudgetAssessment) -> document.Sources:
    sources = assessed.sources
    return document.Sources(
        client=source_counts(sources.client),
        replicas=source_counts(sources.replicas),
        prometheus=source_counts(sources.prometheus),
        reconciled=sources.reconciled,
        unexplained=sources.unexplained,
        explanation=sources.explanation,
    )
