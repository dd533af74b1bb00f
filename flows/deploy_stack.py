"""Bring the stack up, stage by stage."""

from prefect import flow
from prefect.client.schemas.objects import State

from ironclad import wiring
from ironclad.domain.kubernetes.parameters.parameters import StackParameters
from ironclad.domain.stack.platforms import LOCAL
from ironclad.domain.stack.stack import DEFAULT_STACK, STAGES, Stage, ordered
from tasks.access import target_of
from tasks.parameters import BlockName, Platform, StackName, Stages
from tasks.rollout import apply_stage, demand_budget, deployed, keep_settings, wait_until_ready


@flow(name="deploy-stack", flow_run_name="deploy-{stack}-on-{platform}")
async def deploy_stack(
    platform: Platform = LOCAL,
    stack: StackName = DEFAULT_STACK,
    *,
    stages: Stages = STAGES,
    kubernetes: StackParameters = StackParameters(),  # noqa: B008 - frozen
    credentials_block: BlockName | None = None,
    force: bool = False,
    recreate: bool = False,
    ignore_budget: bool = False,
) -> State[str]:
    """Bring the stack up in order, each stage waited for before the next one begins.

    Args:
        platform: `local` (one machine, no cluster) or `kubernetes`.
        stack: Name of the stack, in a cluster its Namespace; several live side by side.
        stages: Which stages to bring up; all by default, always in their fixed order.
        kubernetes: What may differ between two stacks in a cluster; nothing of it is needed.
        credentials_block: A kubernetes-credentials block to use instead of the kubeconfig.
        force: Take fields over that another field manager holds.
        recreate: Make objects anew whose fields cannot be changed in place; no data is lost.
        ignore_budget: Change the backend although less than a tenth of an error budget is left.
    """
    ref = wiring.named(platform, stack, kubernetes)
    target = await target_of(kubernetes, credentials_block, force=force, recreate=recreate)
    gate = None
    async with wiring.held(ref, purpose="deploy-stack", target=target):
        for stage in ordered(stages):
            if stage is Stage.BACKEND:
                gate = await demand_budget(ref, target, ignore_budget=ignore_budget)
            await apply_stage(ref, stage, target)
            await wait_until_ready(ref, stage, target)
            if stage is ordered(stages)[0]:
                await keep_settings(ref)
    return deployed(gate)
