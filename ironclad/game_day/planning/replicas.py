"""Each replica's own word: does it answer, may it be broken, is it whole, is its clock right?"""

import asyncio

from ironclad.domain.faults.fault import ChaosStatus
from ironclad.domain.stack.commands import command
from ironclad.domain.stack.stack import Replica, StackRef
from ironclad.game_day.planning.scope import Found, Scope, together
from ironclad.game_day.planning.skew import skew


async def each_replica(scope: Scope) -> Found:
    return together(*await asyncio.gather(*(_asked(scope, each) for each in scope.replicas)))


async def _asked(scope: Scope, replica: Replica) -> Found:
    faults = scope.tools.faults
    status, is_ready = await asyncio.gather(faults.status(replica), faults.is_ready(replica))
    if reason := _reason(replica.name, status, scope.tools.ref, is_ready=is_ready):
        return Found(reasons=(reason,))
    return skew(replica.name, status.clock_skew_seconds)


def _reason(name: str, status: ChaosStatus, ref: StackRef, *, is_ready: bool) -> str:
    if not status.reachable:
        return f"{name} does not answer: {status.problem}; {command('up', ref)} repairs it"
    if not status.enabled:
        return f"faults are disabled on {name}; run {command('chaos enable', ref)}"
    if status.faults:
        ids = ", ".join(fault.id for fault in status.faults)
        return f"{name} still has faults ({ids}); run {command('disarm', ref)}"
    return "" if is_ready else f"{name} is not ready; see {command('status', ref)}"
