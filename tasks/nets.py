"""The stacks that the last net covers, one after the other, whatever becomes of one of them."""

from collections.abc import Sequence

from prefect.logging import get_run_logger

from ironclad import wiring
from ironclad.domain.kubernetes.parameters.parameters import StackParameters
from ironclad.domain.stack.platforms import LOCAL, PLATFORMS, PlatformName
from ironclad.domain.stack.stack import DEFAULT_STACK, StackRef
from ironclad.errors import IroncladError, RemoteError
from ironclad.wiring import StackTarget
from tasks.settling import settle_dead_runs, stacks_under_way
from tasks.undoing import sweep_lapsed


async def stacks_of_net(
    platform: PlatformName | None, stack: str | None, kubernetes: StackParameters | None
) -> tuple[StackRef, ...]:
    """Give the one that is named, else all that this machine or Prefect knows."""
    if stack is not None:
        return (wiring.named(platform or LOCAL, stack, kubernetes),)
    asked = set()
    if platform is not None and not PLATFORMS[platform].is_on_this_machine:
        asked = {wiring.named(platform, DEFAULT_STACK, kubernetes)}
    known = {*wiring.known_stacks(), *await stacks_under_way(), *asked}
    return tuple(sorted((r for r in known if platform in {None, r.platform}), key=str))


async def settle_each(refs: Sequence[StackRef], reason: str, target: StackTarget) -> None:
    """Go on past a stack that cannot be looked at. Raises RemoteError that names each of them."""
    known, problems = wiring.known_stacks(), []
    for ref in refs:
        try:
            await _settle(ref, reason, target, is_here=ref in known)
        except IroncladError as error:
            problems.append(f"{ref}: {error}")
            get_run_logger().warning("%s: %s", ref, error)
    if problems:
        raise RemoteError("; ".join(problems))


async def _settle(ref: StackRef, reason: str, target: StackTarget, *, is_here: bool) -> None:
    """A stack of this machine that is gone holds nothing; only Prefect may still speak of it."""
    is_gone = ref.spec.is_on_this_machine and not is_here
    if is_gone or not await sweep_lapsed(ref, target):
        await settle_dead_runs(ref, reason)
