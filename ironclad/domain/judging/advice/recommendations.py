"""From what was seen to what to do about it: one rule for each, the gravest first."""

from dataclasses import replace
from datetime import timedelta

from ironclad.domain.alerting.firing_alerts import AlertOutcome
from ironclad.domain.evidence.evidence import Evidence
from ironclad.domain.evidence.journal import PhaseName
from ironclad.domain.judging.advice.mistakes import MISTAKES
from ironclad.domain.judging.advice.recommendation import (
    Found,
    Recommendation,
    Rule,
    Severity,
    note,
    problem,
    warning,
)
from ironclad.domain.judging.alert_outcome import AlertAssessment
from ironclad.domain.judging.allowance import beyond_allowance
from ironclad.domain.judging.as_before.figures import CPU_PER_REQUEST, FIGURES, LATENCY
from ironclad.domain.judging.assessment import Assessment
from ironclad.domain.judging.budget import BudgetAssessment
from ironclad.domain.judging.check import Answer
from ironclad.domain.judging.watched import away
from ironclad.domain.text.wording import count, counted, duration, percent

LATE_RATIO = 0.01
FAR_BELOW = 0.2
OFF_PREDICTION = 0.25
SLOW_DELIVERY = timedelta(seconds=30)
_GIVEN_BACK = {
    LATENCY: "Find what stayed behind on it: a fallback that is never left, a cache that is never"
    " filled again, a retry or a sleep in the way of each request.",
    CPU_PER_REQUEST: "Profile it after a fault: a loop that still tries, or a list that grows, is"
    " paid by each request.",
    FIGURES["memory"]: "Find what each failed request leaves: a buffer, a task, an entry in a cache"
    " without a bound.",
    FIGURES["open files"]: "Close each connection in a block that ends, on the way of errors too.",
    FIGURES["busy database connections"]: "Lease each connection in a block that ends: an error"
    " kept it.",
}


def recommendations(evidence: Evidence, assessment: Assessment) -> tuple[Recommendation, ...]:
    found = [one for rule in _RULES for one in rule(evidence, assessment)]
    return tuple(sorted(found, key=lambda one: list(Severity).index(one.severity)))


def _short_recovery(evidence: Evidence, assessment: Assessment) -> Found:
    needed, length = assessment.recovery.requests_needed, evidence.plan.experiment.phases.recovery
    offered = evidence.plan.experiment.load.pacer.hits_before(length.total_seconds())
    if assessment.recovery.proven is not None or needed is None or offered >= 2 * needed:
        return
    wanted = round(length.total_seconds() * 2 * needed / max(1, offered))
    yield warning(
        f"The proof of recovery takes {count(needed)} good answers in a row, and a recovery phase"
        f" of {duration(length)} offers {count(offered)}.",
        f"Let it last {duration(wanted)} or offer more load, to allow for one late error.",
    )


def _restarts(_evidence: Evidence, assessment: Assessment) -> Found:
    names = {name for budget in assessment.budgets for name in budget.sources.restarted}
    if names := names - _meant_to_end(assessment):
        yield warning(
            f"{', '.join(sorted(names))} restarted during the game day.",
            "Look into its log: no fault of this experiment ended it.",
        )


def _meant_to_end(assessment: Assessment) -> set[str]:
    return {
        name
        for assessed in assessment.faults
        if assessed.fault.kind.spec.ends_replicas
        for name in assessed.targets
    }


def _blind_spot(_evidence: Evidence, assessment: Assessment) -> Found:
    for budget in assessment.budgets:
        blind = replace(budget.sources.blind_spot, wrong_answers=0)
        if blind.total and budget.objective.counts_failures:
            yield warning(
                f"Clients saw {counted(blind.total, 'failure')} that no replica counts:"
                f" {blind.words}.",
                "Measure the objective at the balancer as well, and let replicas leave the"
                " balancer before they stop answering.",
            )


def _unsteady(_evidence: Evidence, assessment: Assessment) -> Found:
    for phase in assessment.phases:
        if phase.name is PhaseName.BASELINE and phase.counts.bad:
            yield warning(
                f"{counted(phase.counts.bad, 'request')} failed in the baseline already.",
                "Find out why before anything else is broken; they count as this game day's cost.",
            )


def _late_load(_evidence: Evidence, assessment: Assessment) -> Found:
    load = assessment.load
    if load is not None and load.late > LATE_RATIO * max(1, load.counts.valid):
        yield warning(
            f"{percent(load.late / load.counts.valid)} of the requests left more than 10 ms late.",
            "Give the generator a core of its own, or offer less load.",
        )


def _alerts(evidence: Evidence, assessment: Assessment) -> Found:
    lasted = duration(evidence.plan.experiment.fault_window)
    for alert in assessment.alerts:
        yield from _alert(alert, lasted)


def _alert(alert: AlertAssessment, lasted: str) -> Found:
    name, pending = alert.name, alert.sighting is not None and alert.sighting.pending_at
    if alert.outcome is AlertOutcome.MISSED and pending:
        yield problem(
            f"{name} was pending and never fired, in faults of {lasted}.",
            "Its `for` outlasts the fault: shorten it, or let the fault last longer.",
        )
    if alert.outcome is AlertOutcome.ALREADY_FIRING:
        yield warning(
            f"{name} was firing before the fault.",
            "Clear its cause and wait until it has reset: until then its firing shows nothing.",
        )
    if (alert.delivery_seconds or 0.0) > SLOW_DELIVERY.total_seconds():
        yield warning(
            f"{name} was delivered {duration(alert.delivery_seconds or 0.0)} after it fired.",
            "Look at Alertmanager's group_wait and at the receiver.",
        )


def _away(evidence: Evidence, _assessment: Assessment) -> Found:
    for sentence in away(evidence):
        yield warning(
            f"{sentence[:1].upper()}{sentence[1:]}.",
            "Look into its log: an alert that fired then was delivered late or not at all.",
        )


def _further_alerts(_evidence: Evidence, assessment: Assessment) -> Found:
    for one in assessment.further_alerts:
        paged = " and would have paged" if one.would_page else ""
        when = " before the fault already" if one.firing_at_baseline else ""
        say = warning if one.would_page else note
        yield say(
            f"{one.name} fired{when}{paged}; the experiment does not speak of it.",
            "Name it under `expect.alerts.must` or `must_not`, so that a change of it shows.",
        )


def _predicted_too_much(evidence: Evidence, _assessment: Assessment) -> Found:
    for sentence in beyond_allowance(evidence.plan.predictions, evidence.plan.experiment.expect):
        yield warning(f"Before minute 0 it was known: {sentence}.", "Allow more, or break less.")


def _no_receiver(evidence: Evidence, _assessment: Assessment) -> Found:
    if not evidence.plan.experiment.expect.alerts.must:
        yield note(
            "No alert was expected to fire, so this game day says nothing of who would be paged.",
            "Write a longer or larger one, with its alert under `expect.alerts.must`.",
        )


def _not_as_before(_evidence: Evidence, assessment: Assessment) -> Found:
    for one in assessment.as_before:
        if one.answer is Answer.REFUTED:
            yield problem(f"{one.sentence[:1].upper()}{one.sentence[1:]}.", _GIVEN_BACK[one.figure])


def _straddling(_evidence: Evidence, assessment: Assessment) -> Found:
    for budget in assessment.budgets:
        interval, allowed = budget.interval, budget.allowed_ratio
        if interval and allowed and interval.low <= allowed < interval.high:
            yield warning(
                f"The cost of {budget.objective.name} straddles the {percent(allowed)} allowed.",
                "Allow more, break less, or send more load: four times the requests halve the"
                " interval.",
            )


def _generous(_evidence: Evidence, assessment: Assessment) -> Found:
    for budget in assessment.budgets:
        interval, allowed = budget.interval, budget.allowed_ratio
        if interval and allowed and interval.high < FAR_BELOW * allowed:
            yield note(
                f"{budget.objective.name} cost at most {percent(interval.high)}, far below the"
                f" {percent(allowed)} allowed.",
                "Lower `expect.cost.at_most_ratio`, so that a regression shows.",
            )


def _off_prediction(evidence: Evidence, assessment: Assessment) -> Found:
    predicted_ones = [one for one in evidence.plan.predictions if not one.not_predicted]
    predicted = {one.objective: one.spent_ratio for one in predicted_ones}
    bounds = {one.objective for one in evidence.plan.predictions if one.is_bound}
    for budget in assessment.budgets:
        expected = predicted.get(budget.objective.name)
        if budget.spent_ratio is None or not expected or not _is_off(budget, expected, bounds):
            continue
        yield note(
            f"{budget.objective.name} cost {percent(budget.spent_ratio)}, and"
            f" {percent(expected)} was predicted.",
            "Look whether the balancer spreads requests evenly, and what else failed meanwhile.",
        )


def _is_off(budget: BudgetAssessment, expected: float, bounds: set[str]) -> bool:
    """Less than a bound is as predicted."""
    off = (budget.spent_ratio or 0.0) - expected
    return (off if budget.objective.name in bounds else abs(off)) > OFF_PREDICTION * expected


def _too_few_declared(_evidence: Evidence, assessment: Assessment) -> Found:
    for budget in assessment.budgets:
        measured, declared = budget.sources.prometheus, budget.objective.declared_requests
        if measured is not None and measured.valid > declared:
            yield warning(
                f"{budget.objective.name} declares {count(declared)} requests a period, and this"
                f" game day alone saw {count(measured.valid)}.",
                "Correct the declared requests of the objective: its budget is far too small.",
            )


def _gaps(evidence: Evidence, _assessment: Assessment) -> Found:
    if evidence.gaps:
        yield warning(
            f"{counted(len(evidence.gaps), 'reading')} failed: {evidence.gaps[0]}.",
            "Mend it and run the game day again: what was not read is not known.",
        )


_RULES: tuple[Rule, ...] = (
    *MISTAKES,
    _alerts,
    _predicted_too_much,
    _further_alerts,
    _away,
    _not_as_before,
    _straddling,
    _short_recovery,
    _restarts,
    _blind_spot,
    _unsteady,
    _late_load,
    _too_few_declared,
    _gaps,
    _off_prediction,
    _generous,
    _no_receiver,
)
