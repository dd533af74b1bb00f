"""What the error budgets allow."""

from prefect import task
from prefect.logging import get_run_logger

from ironclad import wiring
from ironclad.domain.stack import StackRef
from ironclad.errors import RefusedError
from ironclad.wiring import ANY, Wish
from tasks.policy import TRANSIENT


@task(task_run_name="ask-the-budget", timeout_seconds=60, tags=["deploy"], **TRANSIENT)
async def demand_budget(ref: StackRef, wish: Wish = ANY, *, ignore_budget: bool = False) -> str:
    """Say why the backend may be changed. Raises RefusedError when its budget is used up."""
    gate = await wiring.deploy_gate(ref, wish, ignore_budget=ignore_budget)
    get_run_logger().info("the error budget: %s", gate.sentence)
    if not gate.is_open:
        raise RefusedError((gate.sentence,))
    return gate.sentence
