"""The red switch from the Prefect UI, for people without a shell on the machine."""

from prefect import flow

from ironclad import wiring
from ironclad.domain.kubernetes.parameters.parameters import StackParameters
from ironclad.domain.stack.platforms import LOCAL
from ironclad.domain.stack.stack import DEFAULT_STACK
from tasks.access import target_of
from tasks.parameters import BlockName, Platform, StackName, Words
from tasks.undoing import switch


@flow(name="halt-game-days", flow_run_name="halt-{halted}-on-{platform}-{stack}")
async def halt_game_days(
    platform: Platform = LOCAL,
    stack: StackName = DEFAULT_STACK,
    *,
    halted: bool = True,
    why: Words = "",
    kubernetes: StackParameters | None = None,
    credentials_block: BlockName | None = None,
) -> None:
    """End running game days and refuse new ones, or let them start again.

    Args:
        platform: `local` or `kubernetes`.
        stack: Name of the stack.
        halted: Turn the red switch on; off if false.
        why: The reason, which every refusal names.
        kubernetes: Of a stack in a cluster; what it was last brought up with if left out.
        credentials_block: A kubernetes-credentials block to use instead of the kubeconfig.
    """
    ref = wiring.named(platform, stack, kubernetes)
    target = await target_of(kubernetes, credentials_block)
    await switch(ref, halted=halted, why=why, target=target)
