"""What the error budgets allow, and what somebody did against them."""

from prefect import task
from prefect.artifacts import acreate_markdown_artifact
from prefect.client.schemas.objects import State
from prefect.logging import get_run_logger
from prefect.states import Completed

from ironclad import wiring
from ironclad.domain.slo.deploy_gate import Gate
from ironclad.domain.stack.stack import StackRef
from ironclad.errors import RefusedError
from ironclad.wiring import ANY, StackTarget
from tasks.policy import TRANSIENT


@task(task_run_name="ask-the-budget", timeout_seconds=60, tags=["deploy"], **TRANSIENT)
async def demand_budget(
    ref: StackRef, target: StackTarget = ANY, *, ignore_budget: bool = False
) -> Gate:
    """Say why the backend may be changed. Raises RefusedError when its budget is used up."""
    gate = await wiring.deploy_gate(ref, target, ignore_budget=ignore_budget)
    log = get_run_logger()
    (log.warning if gate.is_overridden else log.info)("the error budget: %s", gate.sentence)
    if not gate.is_open:
        raise RefusedError((gate.sentence,))
    if gate.is_overridden:
        await _recorded(ref, gate)
    return gate


async def _recorded(ref: StackRef, gate: Gate) -> None:
    """Keep the override as the next version of the stack's own artifact."""
    try:
        await acreate_markdown_artifact(
            key=f"budget-override-{ref.platform}-{ref.name}",
            markdown=f"`deploy-stack` changed the backend of {ref}: {gate.sentence}.\n",
            description=gate.sentence,
        )
    except Exception as error:  # noqa: BLE001 - whatever keeps it, the flow run's state says it too
        get_run_logger().warning("the override is not an artifact: %r", error)


def deployed(gate: Gate | None) -> State[str]:
    """Give the end of a deploy; one that overrode the budget says so wherever it is listed."""
    overridden = gate is not None and gate.is_overridden
    sentence = gate.sentence if gate is not None else ""
    return Completed(message=f"the error budget: {sentence}" if overridden else None, data=sentence)
