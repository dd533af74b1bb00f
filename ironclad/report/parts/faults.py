"""What was broken: what was asked for, what was measured, and what came of it."""

from datetime import datetime

from ironclad.domain.alerting.firing_alerts import Wanted
from ironclad.domain.evidence import attempt_stats
from ironclad.domain.evidence.evidence import Evidence
from ironclad.domain.judging.assessment import Assessment
from ironclad.domain.judging.budget import BudgetAssessment
from ironclad.domain.judging.dose.faults_as_asked import FaultAssessment
from ironclad.domain.slo.slo import spent_ratio
from ironclad.report.model import document
from ironclad.report.model.units import ms_or_none, rounded


def fault(evidence: Evidence, assessment: Assessment, assessed: FaultAssessment) -> document.Fault:
    failed = _failed(evidence, assessed)
    return document.Fault(
        id=assessed.fault.id,
        kind=assessed.fault.kind,
        targets=list(assessed.targets),
        asked=_asked(assessed),
        measured=_measured(assessed),
        failed=failed,
        spent_ratio=_spent(assessment, failed),
        detected_seconds=_since(assessed.seen_at, _first_alert(assessment, assessed.seen_at)),
        recovered_seconds=_since(assessed.seen_at, assessment.recovery.proven_at),
        time_to_recover_seconds=_since(assessed.seen_at, assessment.recovery.recovered_at),
        held=assessed.is_held,
        comment=assessed.check.sentence,
        armed_at=assessed.armed_at,
        seen_at=assessed.seen_at,
        undone_at=assessed.undone_at,
    )


def _asked(assessed: FaultAssessment) -> document.AskedDose:
    asked = assessed.fault
    return document.AskedDose(
        share=asked.share,
        status=asked.status,
        delay_ms=ms_or_none(asked.delay),
        jitter_ms=ms_or_none(asked.jitter),
        cores=asked.cores,
        size_bytes=asked.size_bytes,
        seconds=asked.duration.total_seconds(),
        seed=asked.seed,
    )


def _measured(assessed: FaultAssessment) -> document.MeasuredDose:
    measured = assessed.measured
    return document.MeasuredDose(
        share=measured.share,
        seen=measured.seen,
        hit=measured.hit,
        answered=measured.answered,
        marked=measured.marked,
        delay_ms=ms_or_none(measured.delay_seconds),
        seconds=rounded(measured.seconds),
        cpu_seconds=rounded(measured.cpu_seconds),
        held_bytes=measured.held_bytes,
    )


def _failed(evidence: Evidence, assessed: FaultAssessment) -> int | None:
    if evidence.load is None or assessed.armed_at is None:
        return None
    end = assessed.undone_at or evidence.finished_at
    start, end_at = assessed.armed_at.timestamp(), end.timestamp()
    return attempt_stats.counts(attempt_stats.within(evidence.load.attempts, start, end_at)).bad


def _spent(assessment: Assessment, failed: int | None) -> float | None:
    """Price it by the objective on availability; a slow answer is no failed one."""
    judged = _judged(assessment)
    if failed is None or judged is None or judged.sources.prometheus is None:
        return None
    return spent_ratio(judged.objective, failed, judged.sources.prometheus.valid)


def _judged(assessment: Assessment) -> BudgetAssessment | None:
    priced = [one for one in assessment.budgets if one.objective.counts_failures]
    return next(iter(priced), None)


def _first_alert(assessment: Assessment, since: datetime | None) -> datetime | None:
    """Give the first expected alert that fired after the fault was seen, and not before it."""
    fired = [
        alert.sighting.firing_at
        for alert in assessment.alerts
        if alert.wanted is Wanted.MUST and alert.sighting and alert.sighting.firing_at
    ]
    return min((at for at in fired if since is not None and at >= since), default=None)


def _since(start: datetime | None, end: datetime | None) -> float | None:
    return None if start is None or end is None else rounded((end - start).total_seconds())
