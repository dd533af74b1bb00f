"""The last net: what the leases and the janitor left, and what Prefect believes of dead runs."""

from prefect import flow

from ironclad.domain.kubernetes.parameters.parameters import StackParameters
from tasks.access import target_of
from tasks.nets import settle_each, stacks_of_net
from tasks.pages.naming import disarm_run_name
from tasks.parameters import BlockName, Platform, StackName, Words


@flow(name="disarm-faults", flow_run_name=disarm_run_name)
async def disarm_faults(
    platform: Platform | None = None,
    stack: StackName | None = None,
    *,
    reason: Words = "the regular look",
    kubernetes: StackParameters | None = None,
    credentials_block: BlockName | None = None,
) -> None:
    """Take back what has lapsed, never what a live run holds; then crash the runs that are dead.

    Args:
        platform: `local` or `kubernetes`; both if left out.
        stack: Name of the stack; every stack that this machine knows if left out.
        reason: What made somebody look; triggers put the event here.
        kubernetes: Of a stack in a cluster; what it was last brought up with if left out.
        credentials_block: A kubernetes-credentials block to use instead of the kubeconfig.
    """
    target = await target_of(kubernetes, credentials_block)
    refs = await stacks_of_net(platform, stack, kubernetes)
    await settle_each(refs, reason, target)
