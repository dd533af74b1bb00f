"""After the undo: no fault anywhere, and enough requests to prove that the service is well."""

import asyncio
from datetime import timedelta

from ironclad.domain.evidence.evidence import FaultFree
from ironclad.domain.evidence.journal import PhaseName
from ironclad.domain.faults.fault import ChaosStatus
from ironclad.domain.stack.readiness import Condition, Readiness
from ironclad.domain.stack.stack import Replica
from ironclad.errors import IroncladError
from ironclad.game_day.faults.undo_entries import close_entries
from ironclad.game_day.guard import guard, watch
from ironclad.game_day.run import GameDay
from ironclad.game_day.sources.current_replicas import present_replicas
from ironclad.game_day.sources.platform_state import differences
from ironclad.waiting import until_ready

CONFIRM_WITHIN = timedelta(seconds=15)


async def recover(day: GameDay) -> None:
    """Confirm that every replica is fault-free and ready, then let the load prove the rest."""
    clock, length = day.tools.clock, day.plan.experiment.phases.recovery.total_seconds()
    with day.journal.phase(PhaseName.RECOVERY):
        started = clock.monotonic()
        confirm = asyncio.create_task(confirm_fault_free(day))
        try:
            await watch_recovery(day, started + length, started)
        finally:
            await confirm


async def watch_recovery(day: GameDay, until: float, started: float) -> None:
    """Go on after an abort too: the recovery from an aborted fault is still to be proven.

    Not after a halt, nor where a person asked for the end: the load is a fault like any other.
    """
    clock = day.tools.clock
    await watch(day, "recovery", until, started)
    while day.handle is not None and not day.wants_quiet and clock.monotonic() < until:
        await guard(day)
        await clock.sleep(1.0)


async def confirm_fault_free(day: GameDay) -> None:
    """Ask every replica until all report no fault and are ready, or the deadline passes."""

    async def ask() -> Readiness:
        return await _fault_free(day)

    deadline = max(CONFIRM_WITHIN, day.plan.experiment.phases.recovery)
    try:
        await until_ready("the undo", ask, deadline=deadline, clock=day.tools.clock)
    except IroncladError as error:
        day.fault_free = FaultFree(confirmed_at=None, problem=str(error))
        day.journal.mark(f"not fault-free: {error}")
        return
    at = day.journal.mark("every replica is fault-free and ready", source="replica")
    day.fault_free = FaultFree(confirmed_at=at, compared=tuple(day.platform_before or ()))
    await close_entries(day)


async def _fault_free(day: GameDay) -> Readiness:
    """Ask those that are there by now: what the platform replaced has another name."""
    replicas, wanted = await present_replicas(day), len(day.plan.replicas)
    answers = await asyncio.gather(*(_problem(day, replica) for replica in replicas))
    problems = [answer for answer in answers if answer]
    if len(replicas) < wanted:
        problems.append(f"only {len(replicas)} of {wanted} replicas are there")
    problems += await differences(day)
    if problems:
        return Readiness(Condition.IN_PROGRESS, "; ".join(problems))
    return Readiness(Condition.READY, f"{len(answers)} replicas fault-free and ready")


async def _problem(day: GameDay, replica: Replica) -> str:
    status = await day.tools.faults.status(replica)
    if not status.reachable:
        return f"{replica.name} does not answer"
    if status.faults:
        return f"{replica.name} reports {_ids(status)}"
    return "" if await day.tools.faults.is_ready(replica) else f"{replica.name} is not ready"


def _ids(status: ChaosStatus) -> str:
    return ", ".join(fault.id for fault in status.faults)
