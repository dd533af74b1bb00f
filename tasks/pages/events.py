"""Events of a game day for automations: its start, its end and its outcome."""

import logging
from typing import Any

from prefect.events import emit_event

from ironclad.domain.evidence.journal import Status
from ironclad.domain.evidence.outcome import Outcome
from ironclad.domain.experiment.plan import Plan
from ironclad.domain.stack.stack import StackRef

PREFIX = "ironclad.game-day"


def emit_started(plan: Plan) -> None:
    """Emit `ironclad.game-day.started`, once the stack is held; never waits and never fails."""
    experiment = plan.experiment
    labels = {"ironclad.platform": str(plan.stack.platform), "ironclad.stack": plan.stack.name}
    payload = {
        "run": plan.run,
        "who": plan.who,
        "why": plan.why,
        "hypothesis": experiment.hypothesis,
        "expected_alerts": list(experiment.expect.alerts.must),
        "targets": sorted({replica.name for one in plan.faults for replica in one.targets}),
    }
    _emit("started", experiment.name, labels, payload)


def emit_outcome(outcome: Outcome, stack: StackRef) -> None:
    """Emit one event for each word that `words_of` has for the end; never waits, never fails."""
    labels = {
        "ironclad.platform": str(stack.platform),
        "ironclad.stack": stack.name,
        "ironclad.status": str(outcome.status),
        "ironclad.verdict": str(outcome.verdict or ""),
    }
    payload = {
        "run": outcome.run,
        "status": str(outcome.status),
        "verdict": outcome.verdict and str(outcome.verdict),
        "reason": outcome.reason,
        "report": outcome.report,
        "spent_ratio": outcome.spent_ratio,
        "objective": outcome.spent_objective,
    }
    for word in words_of(outcome):
        _emit(word, outcome.experiment, labels, payload)


def words_of(outcome: Outcome) -> tuple[str, ...]:
    """Say how it ended: `finished` with its verdict, and a status that is not COMPLETED.

    One that never began is `refused` or `skipped` alone.
    """
    if outcome.status in {Status.REFUSED, Status.SKIPPED}:
        return (outcome.status.lower(),)
    verdict = (outcome.verdict.lower(),) if outcome.verdict else ()
    cut = () if outcome.status is Status.COMPLETED else (outcome.status.lower(),)
    return ("finished", *verdict, *cut)


def _emit(word: str, experiment: str, labels: dict[str, str], payload: dict[str, Any]) -> None:
    resource = {
        "prefect.resource.id": f"ironclad.experiment.{experiment}",
        "prefect.resource.name": experiment,
        **labels,
    }
    try:
        emit_event(f"{PREFIX}.{word}", resource=resource, payload=payload)
    except Exception as error:  # noqa: BLE001 - who listens is never worth a game day
        logging.getLogger("ironclad").warning("%s.%s was not emitted: %r", PREFIX, word, error)
