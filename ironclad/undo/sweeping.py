"""The undo of faults whose lease lapsed: the janitor's work, and that of `ironclad disarm`."""

import asyncio
from dataclasses import dataclass

from ironclad.domain.stack.stack import Replica
from ironclad.domain.stack.undo import UndoAction, UndoEntry
from ironclad.errors import IroncladError
from ironclad.ports import Clock, FaultInjector, Platform, PlatformChanges, UndoLedger


async def what_is_missing(platform: Platform, faults: FaultInjector, wanted: int) -> str:
    """Say what keeps it from having so many that are ready; empty when nothing does.

    Raises what the platform raises when it cannot be asked: that is not the same as missing.
    """
    replicas = await platform.replicas()
    ready = await asyncio.gather(*(faults.is_ready(replica) for replica in replicas))
    unready = [
        replica.name for replica, is_ready in zip(replicas, ready, strict=True) if not is_ready
    ]
    if unready:
        return f"not ready: {', '.join(unready)}"
    if len(replicas) < wanted:
        return f"only {len(replicas)} of {wanted} replicas are there"
    return ""


@dataclass(frozen=True, slots=True)
class Swept:
    """What a sweep took back, and what it could not, each with its reason."""

    undone: tuple[str, ...] = ()
    failed: tuple[str, ...] = ()
    open: int = 0
    leased: frozenset[str] = frozenset()
    """Runs that own an entry whose lease has not lapsed: what they broke may be broken yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sweeper:
    """Sweeps one stack; two at once do no harm, since every step is idempotent."""

    platform: Platform
    ledger: UndoLedger
    faults: FaultInjector
    changes: PlatformChanges
    clock: Clock

    async def sweep(self, *, everything: bool = False) -> Swept:
        """Undo each entry whose lease has lapsed, or every entry; go on past what fails."""
        entries = await self.ledger.entries()
        due = [entry for entry in entries if everything or entry.is_due(self.clock.now())]
        results = await asyncio.gather(*(self._undo(entry) for entry in due))
        failed = (*filter(None, results), *await self.ledger.damaged())
        undone = tuple(e.id for e, problem in zip(due, results, strict=True) if not problem)
        leased = frozenset(entry.run for entry in entries if entry not in due)
        return Swept(undone, failed, len(entries) - len(undone), leased)

    async def disarm_all(self) -> dict[str, str]:
        """Take every fault off every replica; gives what went wrong, by replica."""
        replicas = await self.platform.replicas()
        problems = await asyncio.gather(*(self._clear(replica) for replica in replicas))
        return {r.name: p for r, p in zip(replicas, problems, strict=True) if p}

    async def _undo(self, entry: UndoEntry) -> str:
        """Give the problem, or an empty text when the entry was undone and removed."""
        try:
            problem = await self._taken_back(entry)
            if not problem:
                await self.ledger.remove(entry.id)
        except IroncladError as error:
            problem = str(error)
        return f"{entry.id}: {problem}" if problem else ""

    async def _taken_back(self, entry: UndoEntry) -> str:
        """From the entry alone: its runner may be gone."""
        not_restored = await self.changes.restore(entry.change) if entry.change else ""
        match entry.action:
            case UndoAction.RESTORE:
                return not_restored
            case UndoAction.AWAIT_REPLICAS:
                return not_restored or await self._missing(entry)
            case UndoAction.DISARM:
                return await self._still_armed(entry)

    async def _still_armed(self, entry: UndoEntry) -> str:
        replicas = {replica.name: replica for replica in await self.platform.replicas()}
        targets = [replicas[name] for name in entry.targets if name in replicas]
        problems = await asyncio.gather(*(self._clear(replica) for replica in targets))
        return "; ".join(problem for problem in problems if problem)

    async def _missing(self, entry: UndoEntry) -> str:
        """Past the deadline those that are there will do: the platform may want fewer by then."""
        wanted = len(entry.targets) if self.clock.now() < entry.deadline else 1
        try:
            return await what_is_missing(self.platform, self.faults, wanted)
        except IroncladError as error:
            return str(error)

    async def _clear(self, replica: Replica) -> str:
        """Silence is no proof: the entry of a replica that does not answer stays until it does."""
        try:
            await self.faults.disarm_all(replica)
            status = await self.faults.status(replica)
        except IroncladError as error:
            return f"{replica.name}: {error}"
        if not status.reachable:
            return f"{replica.name}: {status.problem}"
        if status.faults:
            return f"{replica.name} still reports {len(status.faults)} faults"
        return ""
