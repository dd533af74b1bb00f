"""Bringing a stage up where its budget allows it, waiting for it, taking it away."""

from datetime import timedelta

from prefect import task
from prefect.artifacts import acreate_markdown_artifact
from prefect.client.schemas.objects import State
from prefect.logging import get_run_logger
from prefect.states import Completed

from ironclad import wiring
from ironclad.domain.slo.deploy_gate import Gate
from ironclad.domain.stack.readiness import Readiness
from ironclad.domain.stack.stack import Applied, StackRef, Stage
from ironclad.errors import RefusedError, StageFailedError
from ironclad.slowness import Patience, longest
from ironclad.waiting import until_ready
from ironclad.wiring import ANY, StackTarget
from tasks.policy import TRANSIENT

APPLIED_WITHIN = timedelta(minutes=10)
READY_WITHIN = timedelta(minutes=5)
_SPARE_SECONDS = 30
_APPLY_SECONDS = longest(APPLIED_WITHIN).total_seconds()
_WAIT_SECONDS = longest(READY_WITHIN).total_seconds() + _SPARE_SECONDS
"""Prefect's own limits, above what a slow machine is given: they would end a wait without words."""


@task(task_run_name="apply-{stage}", timeout_seconds=_APPLY_SECONDS, tags=["deploy"], **TRANSIENT)
async def apply_stage(ref: StackRef, stage: Stage, target: StackTarget = ANY) -> Applied:
    """Make one stage as wanted. Idempotent: a second time changes nothing."""
    async with wiring.open_toolbox(ref, target) as tools:
        applied = await tools.platform.apply(stage)
    changes = ", ".join(applied.changed) or "nothing to change"
    get_run_logger().info("%s on %s: %s", stage, ref, changes)
    return applied


@task(task_run_name="wait-{stage}", timeout_seconds=_WAIT_SECONDS, tags=["deploy"], **TRANSIENT)
async def wait_until_ready(ref: StackRef, stage: Stage, target: StackTarget = ANY) -> Readiness:
    """Wait until one stage is really ready; if it cannot be, go back and say why."""
    async with wiring.open_toolbox(ref, target) as tools:
        try:
            answer = await until_ready(
                f"{stage} on {ref}",
                lambda: tools.platform.readiness(stage),
                deadline=Patience(READY_WITHIN),
                clock=tools.clock,
            )
        except StageFailedError as error:
            gone_back = await tools.platform.roll_back(stage)
            raise StageFailedError("; ".join(filter(None, (str(error), gone_back)))) from error
    get_run_logger().info("%s on %s is ready: %s", stage, ref, answer.message)
    return answer


@task(task_run_name="keep-settings", timeout_seconds=60, tags=["deploy"], **TRANSIENT)
async def keep_settings(ref: StackRef) -> tuple[str, ...]:
    """Keep what this runner's environment says of the stack; say where the stack keeps another."""
    conflicts = await wiring.keep_named(ref)
    for conflict in conflicts:
        get_run_logger().warning("%s", conflict)
    return conflicts


@task(task_run_name="remove-{stage}", timeout_seconds=300, tags=["tear-down"], **TRANSIENT)
async def remove_stage(
    ref: StackRef, stage: Stage, *, delete_data: bool, target: StackTarget = ANY
) -> None:
    """Take one stage away and wait until it is gone."""
    async with wiring.open_toolbox(ref, target) as tools:
        await tools.platform.remove(stage, delete_data=delete_data)
    get_run_logger().info("%s is gone from %s", stage, ref)


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
