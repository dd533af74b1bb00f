"""Evidence and what it amounts to, as the one document that every form of the report shows."""

from collections.abc import Iterator

from ironclad.domain.alerting.firing_alerts import AlertSighting
from ironclad.domain.evidence.evidence import Evidence
from ironclad.domain.evidence.journal import Mark
from ironclad.domain.judging.advice.recommendation import Recommendation
from ironclad.domain.judging.advice.recommendations import recommendations
from ironclad.domain.judging.advice.safeguards import SafeguardAssessment
from ironclad.domain.judging.alert_outcome import AlertAssessment
from ironclad.domain.judging.as_before.judged import BeforeAfter
from ironclad.domain.judging.assessment import Assessment, assess
from ironclad.domain.judging.impact import LoadImpact, PhaseImpact
from ironclad.domain.judging.verdict import exit_code, judge
from ironclad.report.model import document
from ironclad.report.model.compared import Comparison
from ironclad.report.model.past import past_run
from ironclad.report.model.units import latency, ms_or_none, rounded
from ironclad.report.parts.budgets import budget
from ironclad.report.parts.compared import comparison
from ironclad.report.parts.faults import fault
from ironclad.report.parts.further_findings import with_further_findings
from ironclad.report.parts.links import links
from ironclad.report.parts.trust import leftovers, samples, undo_steps


def timeline(evidence: Evidence, assessment: Assessment) -> tuple[Mark, ...]:
    marks = [*evidence.marks, *_alerts(evidence), *_recovery_marks(assessment)]
    return tuple(sorted(marks, key=lambda mark: mark.at))


def _alerts(evidence: Evidence) -> Iterator[Mark]:
    for seen in evidence.alerts:
        moments = (
            (seen.pending_at, "pending", "prometheus"),
            (seen.firing_at, "firing", "prometheus"),
            (seen.delivered_at, "delivered", "alertmanager"),
            (seen.resolved_at, "resolved", "prometheus"),
        )
        for at, state, source in moments:
            if at is not None:
                yield Mark(at, f"{seen.name} {state}", source)


def _recovery_marks(assessment: Assessment) -> Iterator[Mark]:
    if assessment.recovery.proven_at is not None:
        yield Mark(assessment.recovery.proven_at, "recovery proven", "client")


_NOT_COMPARED = Comparison(groups=[], earlier=[], changes=[])


def report_of(evidence: Evidence, assessment: Assessment | None = None) -> document.Report:
    """Work from the evidence alone; a run that ended early has a report as well."""
    assessment = assessment or assess(evidence)
    report = _report(evidence, assessment)
    own = past_run(report.model_dump(mode="json"))
    compared = comparison(evidence, assessment, own)
    return with_further_findings(report.model_copy(update={"comparison": compared}))


def _report(evidence: Evidence, assessment: Assessment) -> document.Report:
    judgement, plan = judge(assessment), evidence.plan
    return document.Report(
        schema_version=document.SCHEMA_VERSION,
        id=plan.run,
        experiment=plan.experiment.name,
        platform=plan.stack.platform,
        stack=plan.stack.name,
        owner=plan.experiment.owner,
        replicas=[replica.name for replica in plan.replicas],
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
            document.TimelineEntry(at=mark.at, mark=mark.mark, source=mark.source)
            for mark in timeline(evidence, assessment)
        ],
        phases=[_phase(phase) for phase in assessment.phases],
        load=_load(assessment.load),
        budgets=[budget(evidence, one) for one in assessment.budgets],
        faults=[fault(evidence, assessment, one) for one in assessment.faults],
        alerts=[_alert(alert) for alert in assessment.alerts],
        further_alerts=[_further(one) for one in assessment.further_alerts],
        writes=_writes(assessment),
        recovery=_recovery(evidence, assessment),
        safeguards=[_safeguard(one) for one in assessment.safeguards],
        samples=list(samples(evidence)),
        comparison=_NOT_COMPARED,
        findings=[_finding(one) for one in recommendations(evidence, assessment)],
        links=links(evidence, assessment),
        versions=dict(sorted(evidence.versions.items())),
        gaps=list(evidence.gaps),
        warnings=list(plan.warnings),
    )


def _phase(phase: PhaseImpact) -> document.Phase:
    interval = phase.error_interval
    return document.Phase(
        name=phase.name,
        started_at=phase.started_at,
        ended_at=phase.ended_at,
        sent=phase.counts.valid,
        ok=phase.counts.valid - phase.counts.bad,
        failed=phase.counts.bad,
        expected=phase.expected,
        answers=dict(phase.answers),
        error_ratio_low=interval.low if interval else None,
        error_ratio_high=interval.high if interval else None,
        latency_ms=latency(phase.latency),
    )


def _load(load: LoadImpact | None) -> document.Load:
    if load is None:
        return document.Load.model_construct(**dict.fromkeys(document.Load.model_fields))
    return document.Load(
        offered_rate=load.offered_rate,
        achieved_rate=load.achieved_rate,
        offered=load.offered,
        sent=load.counts.valid,
        ok=load.counts.valid - load.counts.bad,
        failed=load.counts.bad,
        wrong=load.wrong,
        late=load.late,
        dropped=load.dropped,
        unsent=load.unsent,
        lateness_p99_ms=ms_or_none(load.lateness_p99_seconds),
        latency_ms=latency(load.latency),
        split=dict(sorted(load.split.items())),
    )


def _alert(alert: AlertAssessment) -> document.Alert:
    seen = alert.sighting
    return document.Alert(
        name=alert.name,
        expected=alert.wanted.value,
        predicted_at=alert.predicted_at,
        pending_at=seen.pending_at if seen else None,
        firing_at=seen.firing_at if seen else None,
        delivered_at=seen.delivered_at if seen else None,
        resolved_at=seen.resolved_at if seen else None,
        outcome=alert.outcome,
        severity=(seen.severity or None) if seen else None,
        would_page=seen.would_page if seen and seen.severity else None,
        runbook=seen.runbook if seen else "",
    )


def _further(seen: AlertSighting) -> document.FurtherAlert:
    return document.FurtherAlert(
        name=seen.name,
        severity=seen.severity,
        would_page=seen.would_page,
        fired_before=seen.firing_at_baseline,
        runbook=seen.runbook,
        pending_at=seen.pending_at,
        firing_at=seen.firing_at,
        delivered_at=seen.delivered_at,
        resolved_at=seen.resolved_at,
    )


def _writes(assessment: Assessment) -> document.Writes:
    writes = assessment.writes
    if writes is None:
        return document.Writes(acknowledged=None, lost=None, duplicated=None)
    return document.Writes(
        acknowledged=writes.acknowledged, lost=writes.lost, duplicated=writes.duplicated
    )


def _recovery(evidence: Evidence, assessment: Assessment) -> document.Recovery:
    recovery = assessment.recovery
    return document.Recovery(
        proven=recovery.proven,
        proven_at=recovery.proven_at,
        seconds=rounded(recovery.seconds),
        recovered_at=recovery.recovered_at,
        time_to_recover_seconds=rounded(recovery.recovered_seconds),
        comment=recovery.check.sentence,
        steps=list(undo_steps(assessment, evidence.faults)),
        leftovers=list(leftovers(evidence)),
        as_before=[_before_after(one) for one in assessment.as_before],
    )


def _before_after(one: BeforeAfter) -> document.BeforeAfter:
    return document.BeforeAfter(
        figure=one.figure.name,
        replica=one.replica,
        unit=one.figure.unit,
        before=one.before,
        after=one.after,
        higher_ratio=one.higher_ratio,
        is_as_before=one.answer.known,
    )


def _safeguard(one: SafeguardAssessment) -> document.Safeguard:
    return document.Safeguard(
        name=one.name, expected=one.expected, observed=one.observed, outcome=one.outcome
    )


def _finding(one: Recommendation) -> document.Finding:
    return document.Finding(
        severity=one.severity.value,
        observation=one.observation,
        recommendation=one.recommendation,
    )
