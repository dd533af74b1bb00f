"""What Prefect still believes of game days whose process is gone."""

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
from ironclad.domain.stack.platforms import LOCAL
from ironclad.domain.stack.stack import DEFAULT_STACK, StackRef
from ironclad.errors import BadInputError
from tasks.policy import TRANSIENT

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
