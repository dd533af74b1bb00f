"""Can each target do what the fault asks of it, and has it room for that?"""

import asyncio

from ironclad.domain.experiment.experiment import Fault
from ironclad.domain.experiment.plan import PlannedFault
from ironclad.domain.faults.fault import ChaosStatus
from ironclad.game_day.planning.scope import Found, Scope, together

_MIB = 1 << 20


async def doses(scope: Scope) -> Found:
    asked = [each for each in scope.faults if each.fault.kind.spec.in_backend]
    return together(*await asyncio.gather(*(_asked(scope, planned) for planned in asked)))


async def _asked(scope: Scope, planned: PlannedFault) -> Found:
    statuses = await asyncio.gather(*(scope.tools.faults.status(r) for r in planned.targets))
    reasons = (_reason(planned.fault, status) for status in statuses if status.reachable)
    return Found(reasons=tuple(reason for reason in reasons if reason))


def _reason(fault: Fault, status: ChaosStatus) -> str:
    name = f"fault {fault.id}"
    if status.kinds is not None and fault.kind not in status.kinds:
        known = ", ".join(status.kinds)
        return f"{name}: {status.replica} cannot do {fault.kind}, but {known}; deploy a newer one"
    room = status.memory_room_bytes
    if fault.size_bytes is None or (room is not None and fault.size_bytes <= room):
        return ""
    left = "is not known" if room is None else f"is {room // _MIB} MiB"
    return (
        f"{name}: {fault.size_bytes // _MIB} MiB are wanted on {status.replica}, and what may be"
        f" held until 80 % are in use {left}; ask for less"
    )
