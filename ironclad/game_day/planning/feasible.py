"""Can the platform do each of the faults at all?"""

import asyncio

from ironclad.domain.experiment import FaultKind
from ironclad.domain.plan import PlannedFault
from ironclad.errors import IroncladError
from ironclad.game_day.planning.scope import Found, Scope


async def feasible(scope: Scope) -> Found:
    found = await asyncio.gather(*(_reason(scope, planned) for planned in scope.faults))
    return Found(reasons=tuple(reason for reason in found if reason))


async def _reason(scope: Scope, planned: PlannedFault) -> str:
    fault = planned.fault
    try:
        problem = await scope.tools.changes.refusal(fault.kind, planned.targets)
        if not problem and fault.kind is FaultKind.EVICT:
            problem = await _unguarded(scope)
    except IroncladError as error:
        problem = str(error)
    return f"fault {fault.id} ({fault.kind}): {problem}" if problem else ""


async def _unguarded(scope: Scope) -> str:
    """Without a budget every eviction would go through, and nothing would be tested."""
    if await scope.tools.platform.disruptions_allowed() is None:
        return "no disruption budget guards the replicas"
    return ""
