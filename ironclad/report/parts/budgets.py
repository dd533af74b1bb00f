"""What the game day cost each objective."""

from datetime import timedelta

from ironclad.domain.evidence.evidence import Evidence
from ironclad.domain.judging.budget import BudgetAssessment
from ironclad.domain.slo.slo import budget_events
from ironclad.report.model import document
from ironclad.report.model.units import source_counts

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
