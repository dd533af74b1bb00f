"""Evidence and what it amounts to, as the one document that every form of the report shows."""

from datetime import timedelta

from ironclad.domain.evidence import Evidence
from ironclad.domain.judging.alert_outcome import AlertAssessment
from ironclad.domain.judging.assessment import Assessment, assess
from ironclad.domain.judging.budget import BudgetAssessment
from ironclad.domain.judging.dose import FaultAssessment
from ironclad.domain.judging.impact import LoadImpact, PhaseImpact
from ironclad.domain.judging.recommendations import Recommendation, recommendations
from ironclad.domain.judging.timeline import timeline
from ironclad.domain.judging.verdict import exit_code, judge
from ironclad.domain.quantiles import LatencyQuantiles
from ironclad.domain.slo import Counts
from ironclad.report import model


def report_of(evidence: Evidence, assessment: Assessment | None = None) -> model.Report:
    """Work from the evidence alone; a run that ended early has a report as well."""
    assessment = assessment or assess(evidence)
    judgement, plan = judge(assessment), evidence.plan
    return model.Report(
        schema_version=model.SCHEMA_VERSION,
        id=plan.run,
        experiment=plan.experiment.name,
        platform=plan.stack.platform,
        stack=plan.stack.name,
        owner=plan.experiment.owner,
        started_by=plan.who,
        why=plan.why,
        hypothesis=plan.experiment.hypothesis,
        status=evidence.status,
        verdict=judgement.verdict,
        reason=judgement.reason,
        reasons=list(judgement.reasons),
        exit_code=exit_code(evidence.status, judgement.verdict),
        started_at=evidence.started_at,
        finished_at=evidence.finished_at,
        timeline=[
            model.TimelineEntry(at=mark.at, mark=mark.mark, source=mark.source)
            for mark in timeline(evidence, assessment)
        ],
        phases=[_phase(phase) for phase in assessment.phases],
        load=_load(assessment.load),
        budgets=[_budget(evidence, budget) for budget in assessment.budgets],
        faults=[_fault(fault) for fault in assessment.faults],
        alerts=[_alert(alert) for alert in assessment.alerts],
        writes=_writes(assessment),
        recovery=_recovery(assessment),
        safeguards=[_safeguard(one.name, one.outcome) for one in assessment.safeguards],
        findings=[_finding(one) for one in recommendations(evidence, assessment)],
        gaps=list(evidence.gaps),
        warnings=list(plan.warnings),
    )


def _latency(quantiles: LatencyQuantiles | None) -> model.LatencyMs | None:
    if quantiles is None:
        return None
    return model.LatencyMs(
        p50=_ms(quantiles.p50),
        p95=_ms(quantiles.p95),
        p99=_ms(quantiles.p99),
        p999=_ms(quantiles.p999),
        max=_ms(quantiles.max),
    )


def _ms(seconds: float) -> float:
    return round(seconds * 1000, 3)


def _ms_or_none(span: timedelta | float | None) -> float | None:
    if span is None:
        return None
    return _ms(span.total_seconds() if isinstance(span, timedelta) else span)


def _phase(phase: PhaseImpact) -> model.Phase:
    interval = phase.error_interval
    return model.Phase(
        name=phase.name,
        started_at=phase.started_at,
        ended_at=phase.ended_at,
        sent=phase.counts.valid,
        ok=phase.counts.valid - phase.counts.bad,
        failed=phase.counts.bad,
        error_ratio_low=interval.low if interval else None,
        error_ratio_high=interval.high if interval else None,
        latency_ms=_latency(phase.latency),
    )


def _load(load: LoadImpact | None) -> model.Load:
    if load is None:
        return model.Load.model_construct(**dict.fromkeys(model.Load.model_fields))
    return model.Load(
        offered_rate=load.offered_rate,
        achieved_rate=load.achieved_rate,
        offered=load.offered,
        sent=load.counts.valid,
        ok=load.counts.valid - load.counts.bad,
        failed=load.counts.bad,
        late=load.late,
        dropped=load.dropped,
        unsent=load.unsent,
        lateness_p99_ms=_ms_or_none(load.lateness_p99_seconds),
        latency_ms=_latency(load.latency),
        split=dict(sorted(load.split.items())),
    )


def _budget(evidence: Evidence, budget: BudgetAssessment) -> model.Budget:
    predicted = {one.objective: one.spent_ratio for one in evidence.plan.predictions}
    objective, interval = budget.objective, budget.interval
    return model.Budget(
        objective=objective.name,
        target_ratio=objective.target,
        period_days=objective.period / timedelta(days=1),
        declared_requests=objective.declared_requests,
        allowed_ratio=budget.allowed_ratio,
        predicted_ratio=predicted.get(objective.name),
        spent_ratio=budget.spent_ratio,
        spent_low=interval.low if interval else None,
        spent_high=interval.high if interval else None,
        client_spent_ratio=budget.client_spent_ratio,
        remaining_before_ratio=budget.remaining_before_ratio,
        remaining_after_ratio=budget.remaining_after_ratio,
        sources=_sources(budget),
    )


def _sources(budget: BudgetAssessment) -> model.Sources:
    sources = budget.sources
    return model.Sources(
        client=_counts(sources.client),
        replicas=_counts(sources.replicas),
        prometheus=_counts(sources.prometheus),
        reconciled=sources.reconciled,
        unexplained=sources.unexplained,
        explanation=sources.explanation,
    )


def _counts(counts: Counts | None) -> model.SourceCounts | None:
    return model.SourceCounts(valid=counts.valid, bad=counts.bad) if counts else None


def _fault(assessed: FaultAssessment) -> model.Fault:
    fault, measured = assessed.fault, assessed.measured
    return model.Fault(
        id=fault.id,
        kind=fault.kind,
        targets=list(assessed.targets),
        asked=model.AskedDose(
            share=fault.share,
            status=fault.status,
            delay_ms=_ms_or_none(fault.delay),
            jitter_ms=_ms_or_none(fault.jitter),
            seconds=fault.duration.total_seconds(),
            seed=fault.seed,
        ),
        measured=model.MeasuredDose(
            share=measured.share,
            seen=measured.seen,
            hit=measured.hit,
            answered=measured.answered,
            marked=measured.marked,
            delay_ms=_ms_or_none(measured.delay_seconds),
            seconds=None if measured.seconds is None else round(measured.seconds, 3),
        ),
        held=assessed.is_held,
        comment=assessed.check.sentence,
        armed_at=assessed.armed_at,
        seen_at=assessed.seen_at,
        undone_at=assessed.undone_at,
    )


def _alert(alert: AlertAssessment) -> model.Alert:
    seen = alert.sighting
    return model.Alert(
        name=alert.name,
        expected=alert.wanted.value,
        predicted_at=alert.predicted_at,
        pending_at=seen.pending_at if seen else None,
        firing_at=seen.firing_at if seen else None,
        delivered_at=seen.delivered_at if seen else None,
        resolved_at=seen.resolved_at if seen else None,
        outcome=alert.outcome,
    )


def _writes(assessment: Assessment) -> model.Writes:
    writes = assessment.writes
    if writes is None:
        return model.Writes(acknowledged=None, lost=None, duplicated=None)
    return model.Writes(
        acknowledged=writes.acknowledged, lost=writes.lost, duplicated=writes.duplicated
    )


def _recovery(assessment: Assessment) -> model.Recovery:
    recovery = assessment.recovery
    return model.Recovery(
        proven=recovery.proven,
        proven_at=recovery.proven_at,
        seconds=None if recovery.seconds is None else round(recovery.seconds, 3),
        comment=recovery.check.sentence,
    )


def _safeguard(name: str, outcome: str) -> model.Safeguard:
    return model.Safeguard(name=name, expected=name, observed=None, outcome=outcome)


def _finding(one: Recommendation) -> model.Finding:
    return model.Finding(
        severity=one.severity.value,
        observation=one.observation,
        recommendation=one.recommendation,
    )
