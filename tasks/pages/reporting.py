"""What people see in Prefect: the report as an artifact, the verdict, the error budgets."""

from base64 import b64encode
from pathlib import Path

from prefect import task
from prefect.artifacts import acreate_markdown_artifact
from prefect.client.schemas.objects import State
from prefect.events import emit_event
from prefect.logging import get_run_logger
from prefect.states import Completed, Crashed, Failed

from ironclad import wiring
from ironclad.domain.evidence.journal import Status
from ironclad.domain.evidence.outcome import Outcome, Verdict
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


@task(task_run_name="publish-report", timeout_seconds=60, tags=["game-day"], **TRANSIENT)
async def publish_report(outcome: Outcome) -> None:
    """Store the Markdown report as the next version of the experiment's artifact."""
    folder = Path(outcome.report)
    markdown = (folder / "report.md").read_text(encoding="utf-8")
    await acreate_markdown_artifact(
        key=f"game-day-{outcome.experiment}",
        markdown=f"{with_picture(markdown, folder)}\nThe whole report: `{folder}/report.html`\n",
        description=outcome.reason,
    )


def with_picture(markdown: str, folder: Path) -> str:
    """Put the timeline behind the verdict, before everything that has to be read."""
    verdict, heading, rest = markdown.partition("\n## ")
    return f"{verdict}\n\n{picture_of(folder)}{heading}{rest}"


def picture_of(folder: Path) -> str:
    """Put the timeline into the text itself: Prefect's pages show data, and no files."""
    path = folder / "timeline.svg"
    if not path.is_file():
        return ""
    data = b64encode(path.read_bytes()).decode()
    return f"![Timeline](data:image/svg+xml;base64,{data})\n"


async def published(outcome: Outcome) -> None:
    """Where Prefect cannot take it, the report lies in its folder all the same."""
    try:
        await publish_report(outcome)
    except Exception as error:  # noqa: BLE001 - whatever keeps it, the verdict stands
        get_run_logger().warning("the report is not an artifact: %r", error)


def state_of(outcome: Outcome) -> State[Outcome]:
    """Give the verdict as the state's name; by its type Prefect's pages choose the colour.

    Completed: as it should be. Failed: shown to be otherwise. Crashed: nothing was shown, which
    must not look like DEVIATED and counts as no pass anywhere in Prefect.
    """
    name = str(outcome.verdict or outcome.status)
    if outcome.verdict is Verdict.UPHELD or outcome.status is Status.SKIPPED:
        return Completed(name=name, message=outcome.reason, data=outcome)
    make = Failed if outcome.verdict is Verdict.DEVIATED else Crashed
    return make(name=name, message=outcome.reason, data=outcome)
