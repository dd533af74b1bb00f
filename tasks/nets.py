"""The stacks that the last net covers, and what Prefect still believes of their dead runs."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from prefect import task
from prefect.client.orchestration import PrefectClient, get_client
from prefect.client.schemas.filters import (
    FlowFilter,
    FlowFilterName,
    FlowRunFilter,
    FlowRunFilterState,
    FlowRunFilterStateType,
)
from prefect.client.schemas.objects import FlowRun, StateType
from prefect.events.filters import (
    EventFilter,
    EventNameFilter,
    EventOccurredFilter,
    EventResourceFilter,
)
from prefect.logging import get_run_logger
from prefect.states import Crashed

from ironclad import wiring
from ironclad.domain.kubernetes.parameters.parameters import StackParameters
from ironclad.domain.stack.platforms import LOCAL, PLATFORMS, PlatformName
from ironclad.domain.stack.stack import DEFAULT_STACK, StackRef
from ironclad.errors import BadInputError, IroncladError, RemoteError
from ironclad.wiring import StackTarget
from tasks.policy import TRANSIENT
from tasks.undoing import sweep_lapsed

HEARTBEAT = "prefect.flow-run.heartbeat"
SILENT_AFTER = timedelta(seconds=100)
"""Three beats of 30 s and a little: a flow's process beats from a thread, whatever it is doing."""

_UNDER_WAY = [StateType.RUNNING, StateType.CANCELLING, StateType.PAUSED]
"""One that waits for a go beats as well; where it does not, an answer would be lost."""


@task(task_run_name="settle-dead-runs", timeout_seconds=60, tags=["game-day"], **TRANSIENT)
async def settle_dead_runs(ref: StackRef, reason: str) -> tuple[str, ...]:
    """Crash the runs of a stack that have fallen silent; for a stack that no game day holds."""
    async with get_client() as client:
        dead = [run for run in await _under_way(client, ref) if await _is_silent(client, run)]
        for run in dead:
            words = f"its runner is gone ({reason}); what it had broken was taken back without it"
            await client.set_flow_run_state(run.id, Crashed(message=words), force=True)
            get_run_logger().warning("%s: %s", run.name, words)
    return tuple(run.name for run in dead)


async def stacks_under_way() -> set[StackRef]:
    """Give the stacks whose game days Prefect believes to be under way, and that are silent."""
    async with get_client() as client:
        runs = [run for run in await _all_under_way(client) if await _is_silent(client, run)]
    return {ref for run in runs if (ref := stack_of(run)) is not None}


async def _under_way(client: PrefectClient, ref: StackRef) -> list[FlowRun]:
    return [run for run in await _all_under_way(client) if stack_of(run) == ref]


async def _all_under_way(client: PrefectClient) -> list[FlowRun]:
    state = FlowRunFilterState(type=FlowRunFilterStateType(any_=_UNDER_WAY))
    return await client.read_flow_runs(
        flow_filter=FlowFilter(name=FlowFilterName(any_=["game-day"])),
        flow_run_filter=FlowRunFilter(state=state),
    )


def stack_of(run: FlowRun) -> StackRef | None:
    """A parameter that was left out has its default; None where what was given names no stack."""
    try:
        platform = run.parameters.get("platform", LOCAL)
        return wiring.named(platform, run.parameters.get("stack", DEFAULT_STACK))
    except BadInputError:
        return None


async def _is_silent(client: PrefectClient, run: FlowRun) -> bool:
    since = datetime.now(UTC) - SILENT_AFTER
    if run.start_time is None or run.start_time > since:
        return False
    beats = EventFilter(
        event=EventNameFilter(name=[HEARTBEAT]),
        resource=EventResourceFilter(id=[f"prefect.flow-run.{run.id}"]),
        occurred=EventOccurredFilter.model_validate({"since": since}),
    )
    return not (await client.read_events(beats, limit=1)).events


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
