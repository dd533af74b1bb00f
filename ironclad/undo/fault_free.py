"""Is everything off? Every replica and the ledger are checked; nothing is assumed."""

import asyncio
from dataclasses import dataclass
from datetime import timedelta

from ironclad.domain.stack.stack import Replica
from ironclad.errors import IroncladError
from ironclad.ports import Clock, FaultInjector, Platform, UndoLedger

LOOK_SECONDS = 0.25
FAULT_FREE_WITHIN = timedelta(seconds=15)
"""Longer than a fault's lease and two of the janitor's rounds: what is on by then stays on."""


@dataclass(frozen=True, slots=True)
class FaultFree:
    """What is still on, each a sentence, after having waited for so long."""

    remaining: tuple[str, ...]
    waited_seconds: float

    @property
    def sentence(self) -> str:
        if self.remaining:
            return f"still on after {self.waited_seconds:.0f} s: {'; '.join(self.remaining)}"
        return f"everything was seen to be off after {self.waited_seconds:.1f} s"


async def until_fault_free(
    platform: Platform,
    faults: FaultInjector,
    ledger: UndoLedger,
    clock: Clock,
    *,
    within: timedelta = FAULT_FREE_WITHIN,
) -> FaultFree:
    """Wait until nothing is armed and nothing is open, or no longer."""
    began = clock.monotonic()
    while remaining := await still_on(platform, faults, ledger):
        if clock.monotonic() - began >= within.total_seconds():
            break
        await clock.sleep(LOOK_SECONDS)
    return FaultFree(remaining, clock.monotonic() - began)


async def still_on(
    platform: Platform, faults: FaultInjector, ledger: UndoLedger
) -> tuple[str, ...]:
    """Name what is armed, and what the ledger still has to take back; silence is no proof."""
    try:
        entries, damaged = await ledger.entries(), await ledger.damaged()
        replicas = await platform.replicas()
    except IroncladError as error:
        return (str(error),)
    armed = await asyncio.gather(*(_armed(faults, replica) for replica in replicas))
    return (
        *(problem for problem in armed if problem),
        *(f"{entry.id} is not taken back yet" for entry in entries),
        *damaged,
    )


async def _armed(faults: FaultInjector, replica: Replica) -> str:
    status = await faults.status(replica)
    if not status.reachable:
        return f"{replica.name} does not answer: {status.problem}"
    ids = ", ".join(fault.id for fault in status.faults)
    return f"{replica.name} reports {ids}" if ids else ""
