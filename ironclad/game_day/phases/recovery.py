"""After the undo: no fault anywhere, and enough requests to prove that the service is well."""

import asyncio
from datetime import timedelta

from ironclad.domain.evidence.journal import PhaseName
from ironclad.domain.stack.readiness import Condition, Readiness
from ironclad.domain.stack.stack import Replica
from ironclad.errors import IroncladError
from ironclad.game_day.faults.undo_entries import close_entries
from ironclad.game_day.guard import PASS_SECONDS
from ironclad.game_day.run import GameDay
from ironclad.game_day.sources.platform_state import differences, present_replicas
from ironclad.waiting import until_ready

CONFIRM_WITHIN = timedelta(seconds=15)


async def recover(day: GameDay) -> None:
    """Confirm that every replica is fault-free and ready, then let the load prove the rest."""
    with day.journal.phase(PhaseName.RECOVERY):
        confirm = asyncio.create_task(_confirm_fault_free(day))
        try:
            await _watch(day, day.plan.experiment.phases.recovery.total_seconds())
        finally:
            await confirm


async def _watch(day: GameDay, seconds: float) -> None:
    """Go on after an abort too: the recovery from an aborted fault is still to be proven.

    Not after a halt, nor where a person asked for the end: the load is a fault like any other.
    """
    clock = day.tools.clock
    until = clock.monotonic() + seconds
    await day.guard.watch("recovery", seconds)
    while day.load.handle and not day.status.ends_load and clock.monotonic() < until:
        await day.guard.check()
        await clock.sleep(PASS_SECONDS)


async def _confirm_fault_free(day: GameDay) -> None:
    """Ask every replica until all report no fault and are ready, or the deadline passes."""

    async def ask() -> Readiness:
        return await _fault_free(day)

    deadline = max(CONFIRM_WITHIN, day.plan.experiment.phases.recovery)
    try:
        await until_ready("the undo", ask, deadline=deadline, clock=day.tools.clock)
    except IroncladError as error:
        day.recovery.not_confirmed(str(error))
        day.journal.mark(f"not fault-free: {error}")
        return
    at = day.journal.mark("every replica is fault-free and ready", source="replica")
    day.recovery.confirmed(at, compared=tuple(day.baseline.platform or ()))
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
        names = ", ".join(fault.id for fault in status.faults)
        return f"{replica.name} reports {names}"
    return "" if await day.tools.faults.is_ready(replica) else f"{replica.name} is not ready"
