"""The daily look at what is left of every error budget."""

from prefect import flow

from ironclad import wiring
from ironclad.domain.kubernetes.parameters.parameters import StackParameters
from ironclad.domain.stack.platforms import LOCAL
from ironclad.domain.stack.stack import DEFAULT_STACK
from tasks.access import target_of
from tasks.pages.reporting import review_budgets, tell_budgets
from tasks.parameters import BlockName, Platform, StackName


@flow(name="review-error-budget", flow_run_name="review-error-budget-of-{platform}-{stack}")
async def review_error_budget(
    platform: Platform = LOCAL,
    stack: StackName = DEFAULT_STACK,
    *,
    kubernetes: StackParameters | None = None,
    credentials_block: BlockName | None = None,
) -> None:
    """Say what is left of each budget, what burned it, game days apart, and when it runs out.

    Args:
        platform: `local` or `kubernetes`.
        stack: Name of the stack.
        kubernetes: Of a stack in a cluster; what it was last brought up with if left out.
        credentials_block: A kubernetes-credentials block to use instead of the kubeconfig.
    """
    ref = wiring.named(platform, stack, kubernetes)
    target = await target_of(kubernetes, credentials_block)
    await tell_budgets(ref, await review_budgets(ref, target))
