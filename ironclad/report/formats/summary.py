"""Values as lines for people and as documents for programs."""

from collections.abc import Iterable
from typing import Any

from ironclad.domain.evidence.outcome import Outcome
from ironclad.domain.experiment.experiment import Fault
from ironclad.domain.experiment.pacer import pacer_text
from ironclad.domain.experiment.plan import Plan, PlannedFault, Prediction
from ironclad.domain.text.durations import format_duration
from ironclad.domain.text.wording import count, duration, percent

WARNING = "WARNING: "


def outcome_lines(outcome: Outcome) -> Iterable[str]:
    """Verdict first, then why, then what it cost, then where to read on."""
    yield f"{outcome.verdict or outcome.status}: {outcome.reason}"
    if outcome.spent_ratio is not None:
        yield f"spent {percent(outcome.spent_ratio)} of the budget of {outcome.spent_objective}"
    if outcome.time_to_recover_seconds is not None and outcome.proof_seconds is not None:
        recovered, proven = outcome.time_to_recover_seconds, outcome.proof_seconds
        yield f"recovered within {duration(recovered)}; proof complete after {duration(proven)}"
    if outcome.note:
        yield outcome.note
    if outcome.report:
        yield f"report: {outcome.report}/report.html"


def plan_lines(plan: Plan) -> Iterable[str]:
    experiment = plan.experiment
    yield f"{experiment.name} on {plan.stack}: {experiment.hypothesis}"
    load = pacer_text(experiment.load.pacer)
    yield f"load: {load} for {format_duration(experiment.load_duration)}"
    for planned in plan.faults:
        yield _fault_line(planned)
    for prediction in plan.predictions:
        yield f"predicted: {prediction_text(prediction)}"
    for forecast in plan.alerts:
        yield f"predicted: {forecast.sentence}"
    for warning in plan.warnings:
        yield f"{WARNING}{warning}"


def _fault_line(planned: PlannedFault) -> str:
    fault = planned.fault
    targets = ", ".join(planned.target_names)
    if fault.kind.spec.is_instant:
        within = format_duration(fault.duration)
        at = format_duration(fault.at)
        return f"fault {fault.id}: {fault.kind} of {targets}, at {at}; to be back within {within}"
    span = f"from {format_duration(fault.at)} for {format_duration(fault.duration)}"
    return f"fault {fault.id}: {fault.kind} {_extent(fault, targets)}, {span}"


def _extent(fault: Fault, targets: str) -> str:
    if fault.cores is not None:
        return f"of {fault.cores:g} cores on {targets}"
    if fault.size_bytes is not None:
        return f"of {fault.size_bytes / (1 << 20):.0f} MiB on {targets}"
    if fault.kind.spec.counts_hits:
        return f"on {percent(fault.share)} of the {fault.kind.spec.units} of {targets}"
    return f"on {targets}" if targets else "of the database"


def prediction_text(one: Prediction, events: str = "bad events") -> str:
    bound = "at most " if one.is_bound else ""
    unseen = f", and {count(one.unseen)} that only clients see" if one.unseen else ""
    left_out = ", ".join(one.not_predicted)
    return (
        f"{bound}{count(one.bad_events)} {events},"
        f" {percent(one.spent_ratio)} of the budget of {one.objective}{unseen}"
        + (f"; not predicted: what {left_out} costs" if left_out else "")
    )


def plan_document(plan: Plan) -> dict[str, Any]:
    return {
        "experiment": plan.experiment.name,
        "stack": str(plan.stack),
        "hypothesis": plan.experiment.hypothesis,
        "replicas": [replica.name for replica in plan.replicas],
        "faults": [
            {
                "id": planned.fault.id,
                "kind": planned.fault.kind,
                "targets": list(planned.target_names),
                "at_seconds": planned.fault.at.total_seconds(),
                "duration_seconds": planned.fault.duration.total_seconds(),
                "share": planned.fault.share,
            }
            for planned in plan.faults
        ],
        "predictions": [_prediction_document(plan, one) for one in plan.predictions],
        "alerts": [
            {
                "name": forecast.name,
                "after_seconds": forecast.after_seconds,
                "tolerance_seconds": forecast.tolerance_seconds,
                "is_sure": forecast.is_sure,
                "already": forecast.already,
            }
            for forecast in plan.alerts
        ],
        "warnings": list(plan.warnings),
    }


def _prediction_document(plan: Plan, one: Prediction) -> dict[str, Any]:
    allowed = plan.experiment.expect.allowed_ratio(one.objective)
    return {
        "objective": one.objective,
        "bad_events": one.bad_events,
        "spent_ratio": one.spent_ratio,
        "allowed_ratio": allowed,
        "is_beyond_allowed": allowed is not None and one.spent_ratio > allowed,
        "is_bound": one.is_bound,
        "unseen": one.unseen,
        "not_predicted": list(one.not_predicted),
    }
