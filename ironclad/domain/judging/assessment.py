"""What the evidence amounts to, part by part; the verdict only weighs the checks."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from ironclad.domain.alerting.firing_alerts import AlertSighting
from ironclad.domain.evidence import attempt_stats
from ironclad.domain.evidence.evidence import Evidence, WriteCheck
from ironclad.domain.evidence.journal import PhaseName, Status
from ironclad.domain.judging.advice.safeguards import SafeguardAssessment, assess_safeguards
from ironclad.domain.judging.alert_outcome import (
    AlertAssessment,
    alert_predictions,
    assess_alerts,
    further_alerts,
)
from ironclad.domain.judging.answers import answers_check, baseline_check
from ironclad.domain.judging.as_before.judged import (
    BeforeAfter,
    as_before_check,
    before_and_after,
)
from ironclad.domain.judging.below_prediction import below_prediction
from ironclad.domain.judging.budget import BudgetAssessment, assess_budgets
from ironclad.domain.judging.check import Answer, Check, refuted, shown, unknown
from ironclad.domain.judging.comparison import control_check
from ironclad.domain.judging.counts.honesty import honesty_checks
from ironclad.domain.judging.dose.faults_as_asked import FaultAssessment, assess_faults
from ironclad.domain.judging.impact import (
    LoadImpact,
    PhaseImpact,
    client_failures_check,
    load_impact,
    phase_impacts,
)
from ironclad.domain.judging.load_health import load_check, overload_checks
from ironclad.domain.judging.recovery import RecoveryProof, prove_recovery
from ironclad.domain.judging.starvation import (
    SPOILT_RATIO,
    Starvation,
    excused,
    excused_if_spoilt,
    starvation_of,
)
from ironclad.domain.text.wording import count

BY_CONDITION = "condition"
"""Who ended a run that an abort condition ended; anybody else tested nothing to its end."""

BASELINE = "baseline"
BY_ITSELF = frozenset({BY_CONDITION, BASELINE, "dose", "lease", "telemetry", "guard"})
"""Who else ends one when it cannot go on; every other name is a person's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessment:
    status: Status
    status_reason: str
    started_at: datetime
    finished_at: datetime
    phases: tuple[PhaseImpact, ...]
    load: LoadImpact | None
    budgets: tuple[BudgetAssessment, ...]
    faults: tuple[FaultAssessment, ...]
    alerts: tuple[AlertAssessment, ...]
    further_alerts: tuple[AlertSighting, ...]
    writes: WriteCheck | None
    recovery: RecoveryProof
    safeguards: tuple[SafeguardAssessment, ...]
    as_before: tuple[BeforeAfter, ...]
    starvation: Starvation
    checks: tuple[Check, ...]
    """Every question of the verdict, the weightiest first."""
    is_ended_by_a_person: bool = False


def assess(evidence: Evidence) -> Assessment:
    """Work everything out from the evidence and from nothing else; 200,000 rows in 3 s."""
    starvation = starvation_of(evidence)
    phases, budgets = phase_impacts(evidence), assess_budgets(evidence, starvation)
    alerts, faults = assess_alerts(evidence, alert_predictions(evidence)), assess_faults(evidence)
    recovery, safeguards = prove_recovery(evidence, starvation), assess_safeguards(evidence)
    before_after = before_and_after(evidence, starvation)
    return Assessment(
        status=evidence.status,
        status_reason=evidence.status_reason,
        started_at=evidence.started_at,
        finished_at=evidence.finished_at,
        phases=phases,
        load=load_impact(evidence.load),
        budgets=budgets,
        faults=faults,
        alerts=alerts,
        further_alerts=further_alerts(evidence),
        writes=evidence.writes,
        recovery=recovery,
        safeguards=safeguards,
        as_before=before_after,
        starvation=starvation,
        is_ended_by_a_person=_is_ended_by_a_person(evidence),
        checks=(
            _status_check(evidence, starvation),
            _writes_check(evidence),
            *_some(answers_check(evidence)),
            *(check for budget in budgets for check in reversed(budget.checks)),
            *_clients_checks(evidence, starvation),
            *(excused_if_spoilt(alert.check, starvation) for alert in alerts),
            recovery.check,
            *_some(as_before_check(evidence, before_after)),
            *(fault.check for fault in faults),
            *_some(*(below_prediction(evidence, one.objective, one.interval) for one in budgets)),
            load_check(evidence.load),
            *overload_checks(evidence),
            _phases_check(phases),
            *(excused_if_spoilt(safeguard.check, starvation) for safeguard in safeguards),
            *(unknown("gap", gap) for gap in evidence.gaps),
        ),
    )


def _clients_checks(evidence: Evidence, starvation: Starvation) -> Iterator[Check]:
    yield from _some(
        baseline_check(evidence),
        client_failures_check(evidence, starvation),
        control_check(evidence),
    )
    yield from honesty_checks(evidence)


def _some(*checks: Check | None) -> Iterator[Check]:
    return (check for check in checks if check is not None)


def _status_check(evidence: Evidence, starvation: Starvation) -> Check:
    reason = f": {evidence.status_reason}" if evidence.status_reason else ""
    if evidence.status is Status.COMPLETED:
        return shown("status", "the game day ran to its end")
    if evidence.status is Status.ABORTED and evidence.aborted_by == BY_CONDITION:
        check = refuted("status", f"an abort condition ended it{reason}")
        return excused(check, starvation) if _machine_ended_it(evidence, starvation) else check
    if evidence.aborted_by == BASELINE and _is_wrong(evidence):
        return refuted("status", f"the baseline ended it{reason}")
    if evidence.status is Status.ABORTED:
        return unknown("status", f"aborted by {evidence.aborted_by or 'unknown'}{reason}")
    return unknown("status", f"the game day was {evidence.status.lower()}{reason}")


def _is_wrong(evidence: Evidence) -> bool:
    """Whether wrong answers were seen: they are shown false though nothing was broken yet."""
    found = answers_check(evidence)
    return found is not None and found.answer is Answer.REFUTED


def _is_ended_by_a_person(evidence: Evidence) -> bool:
    if evidence.status is Status.ABORTED:
        return evidence.aborted_by not in BY_ITSELF
    return evidence.status is Status.INTERRUPTED


def _machine_ended_it(evidence: Evidence, starvation: Starvation) -> bool:
    """Whether most of what spoke for the abort no fault had touched, while the machine starved.

    What Prometheus alone saw cannot be taken apart by second.
    """
    limits = [each.latency_p95_over for each in evidence.plan.experiment.abort_when]
    slow = min((each.total_seconds() for each in limits if each is not None), default=math.inf)
    rows = evidence.load.attempts if evidence.load else ()
    unwell = [row for row in rows if row.is_bad or row.latency_seconds > slow]
    if not unwell:
        return starvation.ratio >= SPOILT_RATIO
    made = [row for row in unwell if not (row.fault or row.is_wrong or starvation.is_calm(row))]
    return 2 * len(made) > len(unwell)


def _writes_check(evidence: Evidence) -> Check:
    writes = evidence.writes
    if writes is None or evidence.load is None:
        return unknown("writes", "whether acknowledged writes are there is not known")
    start = f"of {count(writes.acknowledged)} acknowledged writes"
    if writes.lost or writes.duplicated:
        lost, doubled = count(writes.lost), count(writes.duplicated)
        return refuted("writes", f"{start} {lost} were lost and {doubled} doubled")
    acknowledged = attempt_stats.acknowledged_keys(evidence.load.attempts)
    if writes.acknowledged != acknowledged:
        sentence = f"only {count(writes.acknowledged)} of {count(acknowledged)} acknowledged writes"
        return unknown("writes", f"{sentence} were looked up")
    return shown("writes", f"{start} none was lost or doubled")


def _phases_check(phases: tuple[PhaseImpact, ...]) -> Check:
    names = [phase.name for phase in phases]
    if names != list(PhaseName):
        had = ", ".join(names) or "none"
        return unknown("phases", f"of the phases {', '.join(PhaseName)} there was {had}")
    if cut := [phase.name for phase in phases if phase.ended_at is None]:
        return unknown("phases", f"the phase {cut[0]} was cut off")
    if empty := [phase.name for phase in phases if not phase.counts.valid]:
        return unknown("phases", f"no request was due in the phase {empty[0]}")
    return shown("phases", "every phase had its load")
