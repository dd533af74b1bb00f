"""Take the stack down, in reverse."""

from prefect import flow

from ironclad import wiring
from ironclad.domain.kubernetes.parameters.parameters import StackParameters
from ironclad.domain.stack.platforms import LOCAL
from ironclad.domain.stack.stack import DEFAULT_STACK, STAGES, ordered
from tasks.access import target_of
from tasks.parameters import BlockName, Platform, StackName, Stages
from tasks.rollout import remove_stage


@flow(name="tear-down-stack", flow_run_name="tear-down-{stack}-on-{platform}")
async def tear_down_stack(
    platform: Platform = LOCAL,
    stack: StackName = DEFAULT_STACK,
    *,
    stages: Stages = STAGES,
    delete_data: bool = False,
    kubernetes: StackParameters | None = None,
    credentials_block: BlockName | None = None,
) -> None:
    """Take the stack down, last stage first; data and secrets stay unless you delete them.

    Args:
        platform: `local` or `kubernetes`.
        stack: Name of the stack.
        stages: Which stages to take down; all by default.
        delete_data: Delete the database, the metrics and the secrets as well. It is final.
        kubernetes: Of a stack in a cluster; what it was last brought up with if left out.
        credentials_block: A kubernetes-credentials block to use instead of the kubeconfig.
    """
    ref = wiring.named(platform, stack, kubernetes)
    target = await target_of(kubernetes, credentials_block)
    async with wiring.held(ref, purpose="tear-down-stack", target=target):
        for stage in reversed(ordered(stages)):
            await remove_stage(ref, stage, delete_data=delete_data, target=target)
