"""The orders of runs whose runner died: deleted once no part of that run can send."""

import logging
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from ironclad.errors import IroncladError
from ironclad.ports import OrderBook, StackLock

log = logging.getLogger(__name__)

SILENT_FOR = timedelta(minutes=1)
"""So long after its lease: clocks differ, and a runner that was stopped may go on."""


@dataclass(slots=True)
class LeftOrders:
    """A round that finds no replica tries again in the next one."""

    orders: OrderBook
    lock: StackLock
    _left: set[str] = field(default_factory=set)
    _deleted: set[str] = field(default_factory=set)

    def add(self, run: str) -> None:
        if run not in self._deleted:
            self._left.add(run)

    async def clear(self, now: datetime) -> None:
        """The lock names a dead run even where its files are on another machine."""
        dead = await self.lock.lapsed()
        if dead is not None and dead.is_game_day and now >= dead.lease_until + SILENT_FOR:
            self.add(dead.run)
        for run in sorted(self._left):
            await self._clear(run)

    async def _clear(self, run: str) -> None:
        try:
            count = await self.orders.clear(run)
        except IroncladError as error:
            log.warning("the orders of %s, whose runner had died, are not deleted: %s", run, error)
            return
        self._left.discard(run)
        self._deleted.add(run)
        if count:
            log.warning("deleted %d orders of %s, whose runner had died", count, run)
