"""The review of the error budgets, as an artifact and as events for automations."""

from prefect import task
from prefect.artifacts import acreate_markdown_artifact
from prefect.events import emit_event

from ironclad import wiring
from ironclad.domain.stack.stack import StackRef
from ironclad.wiring import StackTarget
from ironclad.wiring.review import Reviewed
from tasks.policy import TRANSIENT


@task(task_run_name="review-budgets", timeout_seconds=120, tags=["budget"], **TRANSIENT)
async def review_budgets(ref: StackRef, target: StackTarget) -> Reviewed:
    """Ask what is left of each objective's budget and what burned it."""
    return await wiring.review_budgets(ref, target)


@task(task_run_name="tell-budgets", timeout_seconds=60, tags=["budget"], **TRANSIENT)
async def tell_budgets(ref: StackRef, reviewed: Reviewed) -> None:
    """Store the review as the next version of the stack's artifact, and say each budget's level."""
    levels = {one.objective.name: one.level for one in reviewed.reviews}
    await acreate_markdown_artifact(
        key=f"error-budget-{ref.platform}-{ref.name}",
        markdown=reviewed.markdown,
        description=", ".join(f"{name} {level}" for name, level in levels.items()),
    )
    for one in reviewed.reviews:
        emit_event(
            f"ironclad.budget.{one.level}",
            resource={
                "prefect.resource.id": f"ironclad.objective.{ref.platform}.{ref.name}."
                f"{one.objective.name}",
                "prefect.resource.name": one.objective.name,
            },
            payload={
                "remaining_ratio": one.remaining_ratio,
                "by_game_days_ratio": one.by_game_days_ratio,
                "pace_a_day_ratio": one.pace_a_day_ratio,
                "runs_out_at": one.runs_out_at.isoformat() if one.runs_out_at else None,
            },
        )
