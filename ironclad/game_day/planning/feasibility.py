"""Can the platform do each fault, and is there disruption_budget for it?"""

import asyncio
from collections.abc import Iterator

from ironclad.domain.experiment.experiment import Fault
from ironclad.domain.experiment.plan import PlannedFault
from ironclad.domain.faults.fault import ChaosStatus
from ironclad.domain.faults.spec import Ending
from ironclad.errors import IroncladError
from ironclad.game_day.planning.scope import NOTHING, Found, Scope, refused, together, warned


async def feasible(scope: Scope) -> Found:
    found = await asyncio.gather(*(_reason(scope, planned) for planned in scope.faults))
    return Found(reasons=(*(reason for reason in found if reason), *_lapsing(scope.faults)))


def _lapsing(faults: tuple[PlannedFault, ...]) -> Iterator[str]:
    """A replica that stands still gets no renewal: a lease on it would end before its time."""
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


_MIB = 1 << 20


async def doses(scope: Scope) -> Found:
    asked = [each for each in scope.faults if each.fault.kind.spec.in_backend]
    return together(*await asyncio.gather(*(_asked(scope, planned) for planned in asked)))


async def _asked(scope: Scope, planned: PlannedFault) -> Found:
    statuses = await asyncio.gather(*(scope.tools.faults.status(r) for r in planned.targets))
    reasons = (_doses_reason(planned.fault, status) for status in statuses if status.reachable)
    return Found(reasons=tuple(reason for reason in reasons if reason))


def _doses_reason(fault: Fault, status: ChaosStatus) -> str:
    name = f"fault {fault.id}"
    if status.kinds is not None and fault.kind not in status.kinds:
        known = ", ".join(status.kinds)
        return f"{name}: {status.replica} cannot do {fault.kind}, but {known}; deploy a newer one"
    headroom = status.memory_headroom_bytes
    if fault.size_bytes is None or (headroom is not None and fault.size_bytes <= headroom):
        return ""
    left = "is not known" if headroom is None else f"is {headroom // _MIB} MiB"
    return (
        f"{name}: {fault.size_bytes // _MIB} MiB are wanted on {status.replica}, and what may be"
        f" held until 80 % are in use {left}; ask for less"
    )


async def disruption_budget(scope: Scope) -> Found:
    """A warning, since a fault may go past the budget on purpose, or test that it holds.

    A rolling restart takes every replica, but never more at once than may go.
    """
    specs = [(each, each.fault.kind.spec) for each in scope.faults]
    ending = [each for each, spec in specs if spec.ends_replicas and spec.takes_target]
    allowed = await scope.tools.platform.disruptions_allowed() if ending else None
    if allowed is None:
        return NOTHING
    return warned(
        *(
            f"fault {each.fault.id} takes {len(each.targets)} replicas, and the disruption budget"
            f" lets {allowed} go"
            for each in ending
            if len(each.targets) > allowed
        )
    )


async def load_capacity(scope: Scope) -> Found:
    reason = await scope.tools.load.refusal()
    return refused(reason) if reason else NOTHING
