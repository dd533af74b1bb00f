"""Bring the stack up, stage by stage."""

from prefect import flow

from ironclad import wiring
from ironclad.domain.stack import DEFAULT_STACK, STAGES, PlatformName, StackRef, Stage, ordered
from tasks.rollout import apply_stage, wait_until_ready


@flow(name="deploy-stack", flow_run_name="deploy-{stack}-on-{platform}")
async def deploy_stack(
    platform: PlatformName = PlatformName.LOCAL,
    stack: str = DEFAULT_STACK,
    stages: tuple[Stage, ...] = STAGES,
) -> None:
    """Bring the stack up in order, each stage waited for before the next one begins.

    Args:
        platform: `local` (one machine, no cluster) or `kubernetes`.
        stack: Name of the stack; several of different names live side by side.
        stages: Which stages to bring up; all by default, always in their fixed order.
    """
    ref = StackRef(platform, stack)
    async with wiring.held(ref, purpose="deploy-stack"):
        for stage in ordered(stages):
            await apply_stage(ref, stage)
            await wait_until_ready(ref, stage)
