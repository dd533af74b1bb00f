"""Take the stack down, in reverse."""

from prefect import flow

from ironclad import wiring
from ironclad.domain.stack import DEFAULT_STACK, STAGES, PlatformName, StackRef, Stage, ordered
from tasks.rollout import remove_stage


@flow(name="tear-down-stack", flow_run_name="tear-down-{stack}-on-{platform}")
async def tear_down_stack(
    platform: PlatformName = PlatformName.LOCAL,
    stack: str = DEFAULT_STACK,
    stages: tuple[Stage, ...] = STAGES,
    delete_data: bool = False,  # noqa: FBT001, FBT002 - a check box in the Prefect form
) -> None:
    """Take the stack down, last stage first; data and secrets stay unless told otherwise.

    Args:
        platform: `local` or `kubernetes`.
        stack: Name of the stack.
        stages: Which stages to take down; all by default.
        delete_data: Delete the database, the metrics and the secrets as well. Nobody can undo it.
    """
    ref = StackRef(platform, stack)
    async with wiring.held(ref, purpose="tear-down-stack"):
        for stage in reversed(ordered(stages)):
            await remove_stage(ref, stage, delete_data=delete_data)
