"""What automations hear of: one event for each game day that is over."""

from prefect.events import emit_event

from ironclad.domain.outcome import Outcome


def emit_outcome(outcome: Outcome) -> None:
    """Emit `ironclad.game-day.upheld`, `….deviated` or `….inconclusive`; never waits."""
    ended = str(outcome.verdict or outcome.status).lower()
    emit_event(
        f"ironclad.game-day.{ended}",
        resource={
            "prefect.resource.id": f"ironclad.experiment.{outcome.experiment}",
            "prefect.resource.name": outcome.experiment,
        },
        payload={
            "run": outcome.run,
            "status": str(outcome.status),
            "verdict": outcome.verdict and str(outcome.verdict),
            "reason": outcome.reason,
            "report": outcome.report,
            "spent_ratio": outcome.spent_ratio,
        },
    )
