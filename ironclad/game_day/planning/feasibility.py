"""Can the platform do each of the faults at all?"""

import asyncio
from collections.abc import Iterator

from ironclad.domain.experiment.experiment import Fault
from ironclad.domain.experiment.plan import PlannedFault
from ironclad.domain.faults.spec import Ending
from ironclad.errors import IroncladError
from ironclad.game_day.planning.scope import Found, Scope


async def feasible(scope: Scope) -> Found:
    found = await asyncio.gather(*(_reason(scope, planned) for planned in scope.faults))
    return Found(reasons=(*(reason for reason in found if reason), *_lapsing(scope.faults)))


def _lapsing(faults: tuple[PlannedFault, ...]) -> Iterator[str]:
    """A replica that stands still hears no renewal: a lease on it would end before its time."""
    for pause in faults:
        if not pause.fault.kind.spec.stands_still:
            continue
        for other in faults:
            names = [target.name for target in other.targets if target in pause.targets]
            if names and other.fault.kind.spec.is_leased and _overlap(pause.fault, other.fault):
                yield (
                    f"fault {other.fault.id} would lapse on {', '.join(names)} while"
                    f" {pause.fault.id} keeps it from being renewed; give them other targets or"
                    " times"
                )


def _overlap(one: Fault, other: Fault) -> bool:
    return one.at < other.ends_at and other.at < one.ends_at


async def _reason(scope: Scope, planned: PlannedFault) -> str:
    fault = planned.fault
    try:
        problem = await scope.tools.changes.refusal(fault.kind, planned.targets)
        if not problem and fault.kind.spec.ending is Ending.EVICTED:
            problem = await _unguarded(scope)
    except IroncladError as error:
        problem = str(error)
    return f"fault {fault.id} ({fault.kind}): {problem}" if problem else ""


async def _unguarded(scope: Scope) -> str:
    """Without a budget every eviction would go through, and nothing would be tested."""
    if await scope.tools.platform.disruptions_allowed() is None:
        return "no disruption budget guards the replicas"
    return ""
