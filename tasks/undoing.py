"""The undo of faults whose lease lapsed, and the red switch."""

from prefect import task
from prefect.logging import get_run_logger

from ironclad import wiring
from ironclad.domain.stack.stack import StackRef
from ironclad.errors import RemoteError
from ironclad.game_day.orphaned_runs import look_for_dead_runs
from ironclad.wiring import ANY, StackTarget
from tasks.policy import TRANSIENT


@task(task_run_name="sweep-{ref.name}", timeout_seconds=120, tags=["game-day"], **TRANSIENT)
async def sweep_lapsed(ref: StackRef, target: StackTarget = ANY) -> bool:
    """Take back what has lapsed, never what a live run holds; say whether there is one.

    Runs whose runner died on this machine get their report: a janitor in a cluster cannot write it.
    Raises RemoteError with everything that could not be taken back.
    """
    async with wiring.open_toolbox(ref, target) as tools:
        swept = await wiring.sweeper(tools).sweep()
        holder = await look_for_dead_runs(tools)
    for entry in swept.undone:
        get_run_logger().warning("took back %s", entry)
    if swept.failed:
        raise RemoteError(f"could not take back: {'; '.join(swept.failed)}")
    return holder is not None and holder.is_game_day


@task(task_run_name="switch-{ref.name}", timeout_seconds=60, tags=["game-day"], **TRANSIENT)
async def switch(ref: StackRef, *, halted: bool, why: str, target: StackTarget = ANY) -> None:
    """Turn the red switch, and wait until every fault is seen to be off.

    Raises RemoteError where one is not.
    """
    if not halted:
        await wiring.end_halt(ref, target)
        return
    left_on = await wiring.halt(ref, why, target)
    if left_on.remaining:
        raise RemoteError(f"{ref} is halted, and still on are: {'; '.join(left_on.remaining)}")
