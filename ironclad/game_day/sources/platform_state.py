"""Which replicas there are, what each counts, and whether the platform is as it was before."""

import asyncio
from collections.abc import Mapping

from ironclad.domain.evidence.evidence import ReplicaCounters
from ironclad.domain.stack.stack import Replica
from ironclad.errors import IroncladError
from ironclad.game_day.run import GameDay


async def present_replicas(day: GameDay) -> tuple[Replica, ...]:
    """A platform that replaces one may rename it; while it does not say, the plan's stand."""
    try:
        return await day.tools.platform.replicas()
    except IroncladError:
        return day.plan.replicas


async def look_at_platform(day: GameDay) -> None:
    """Record it as it is before anything is broken."""
    with day.journal.admitting("the platform could not be looked at before the faults"):
        day.baseline.platform = await day.tools.changes.snapshot()


async def differences(day: GameDay) -> tuple[str, ...]:
    """Say what is not as it was, and what can no more be looked at."""
    if day.baseline.platform is None:
        return ()
    try:
        now = await day.tools.changes.snapshot()
    except IroncladError as error:
        return (f"the platform cannot be looked at: {error}",)
    return tuple(_differences(day.baseline.platform, now))


def _differences(before: Mapping[str, str], now: Mapping[str, str]) -> list[str]:
    names = [name for name in sorted({*before, *now}) if before.get(name) != now.get(name)]
    return [f"{name} is {_words(now, name)} and was {_words(before, name)}" for name in names]


def _words(found: Mapping[str, str], name: str) -> str:
    return found.get(name, "not there")


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
