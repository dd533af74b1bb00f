"""The last net: what the leases and the janitor left, and what Prefect believes of dead runs."""

from prefect import flow

from ironclad import wiring
from ironclad.domain.kubernetes.parameters import StackParameters
from ironclad.domain.stack import DEFAULT_STACK, PlatformName
from tasks.access import wish_of
from tasks.parameters import BlockName, StackName, Words
from tasks.settling import settle_dead_runs
from tasks.undoing import sweep_lapsed


@flow(name="disarm-faults", flow_run_name="disarm-faults-on-{platform}-{stack}")
async def disarm_faults(
    platform: PlatformName = PlatformName.LOCAL,
    stack: StackName = DEFAULT_STACK,
    *,
    reason: Words = "the regular look",
    kubernetes: StackParameters | None = None,
    credentials_block: BlockName | None = None,
) -> None:
    """Take back what has lapsed, never what a live run holds; then crash the runs that are dead.

    Args:
        platform: `local` or `kubernetes`.
        stack: Name of the stack.
        reason: What made somebody look; triggers put the event here.
        kubernetes: Of a stack in a cluster; what it was last brought up with if left out.
        credentials_block: A kubernetes-credentials block to use instead of the kubeconfig.
    """
    ref = wiring.named(platform, stack, kubernetes)
    wish = await wish_of(kubernetes, credentials_block)
    if not await sweep_lapsed(ref, wish):
        await settle_dead_runs(ref, reason)
