"""Whom a fault hits, looked at once more when its turn comes.

A replica that an earlier fault of the same game day ended may have been replaced by one of another
name, as pods are. The blast radius is a number of replicas, not a name.
"""

from dataclasses import replace

from ironclad.domain.experiment.plan import PlannedFault
from ironclad.domain.experiment.targets import present
from ironclad.domain.stack.stack import Replica
from ironclad.errors import IroncladError
from ironclad.game_day.run import GameDay


async def aimed(day: GameDay, planned: PlannedFault) -> PlannedFault | None:
    """Give the fault with targets that exist; None, and the run ends, where they are too few."""
    if planned.fault.kind.spec.is_on_database:
        return planned
    there = await _there(day)
    if there is None:
        return planned
    targets = present(planned.targets, there)
    if len(targets) < len(planned.targets):
        wanted = len(planned.targets)
        day.status.abort(
            "dose", f"{planned.fault.id} needs {wanted} of the replicas and {len(there)} are left"
        )
        return None
    if targets == planned.targets:
        return planned
    names = tuple(replica.name for replica in targets)
    gone = ", ".join(name for name in planned.target_names if name not in names)
    day.journal.mark(f"{planned.fault.id} aims at {', '.join(names)}, since {gone} is gone")
    day.recorder_of(planned).aimed_at(names)
    return replace(planned, targets=targets)


async def _there(day: GameDay) -> tuple[Replica, ...] | None:
    """None while the platform does not say: then the plan stands, and the fault will show it."""
    try:
        return await day.tools.platform.replicas()
    except IroncladError:
        return None
