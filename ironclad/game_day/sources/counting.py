"""Each replica's own word, asked of all at once."""

import asyncio

from ironclad.domain.evidence.evidence import ReplicaCounters
from ironclad.domain.stack.stack import Replica
from ironclad.errors import IroncladError
from ironclad.game_day.run import GameDay
from ironclad.game_day.sources.platform_state import present_replicas


async def read_counters(day: GameDay, moment: str) -> tuple[ReplicaCounters, ...]:
    """Read the metrics page of each that is there; one that does not answer becomes a gap."""
    replicas = await present_replicas(day)
    read = await asyncio.gather(*(_counters(day, replica) for replica in replicas))
    silent = [r.name for r, c in zip(replicas, read, strict=True) if c is None]
    day.journal.admit(*(f"{name} could not be asked for its counters {moment}" for name in silent))
    return tuple(counters for counters in read if counters is not None)


async def _counters(day: GameDay, replica: Replica) -> ReplicaCounters | None:
    try:
        return await day.tools.replica_metrics.counters(replica, day.plan.objectives)
    except IroncladError as error:
        day.journal.admit(str(error))
        return None
