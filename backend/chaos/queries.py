"""Faults between a service and its database, query by query.

connection = BreakableConnection(connection, QueryFaults(registry, failure=MyDatabaseError))
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

from backend.chaos.faults import LONGEST_DELAY_MS, check_range
from backend.chaos.registry import FaultRegistry, Switch


@dataclass(frozen=True, slots=True)
class DatabaseSlow:
    """Each query it hits takes so much longer, and keeps its connection for as long."""

    kind: ClassVar[str] = "database-slow"
    delay_ms: int

    def __post_init__(self) -> None:
        check_range("delay_ms", self.delay_ms, 1, LONGEST_DELAY_MS)


@dataclass(frozen=True, slots=True)
class DatabaseError:
    """Each query it hits fails as if the database were away."""

    kind: ClassVar[str] = "database-error"


class QueryFaults:
    def __init__(self, faults: FaultRegistry, failure: Callable[[str], Exception]) -> None:
        """`failure` makes the error that the service's own database would raise."""
        self._faults = faults
        self._slow: Switch[DatabaseSlow] = faults.switch(DatabaseSlow)
        self._error: Switch[DatabaseError] = faults.switch(DatabaseError)
        self._failure = failure

    @property
    def are_none(self) -> bool:
        return self._faults.is_empty

    async def apply(self) -> None:
        """Called before each query."""
        for fault, injection in self._slow.hits():
            await injection.lease.sleep(fault.delay_ms / 1000)
        for _, injection in self._error.hits():
            raise self._failure(f"Injected by the fault {injection.fault_id!r}.")


@dataclass(frozen=True, slots=True)
class BreakableConnection:
    """A connection of asyncpg's kind; each of its queries passes the faults first."""

    connection: Any
    faults: QueryFaults

    async def fetch(self, *query: object) -> Any:
        await self.faults.apply()
        return await self.connection.fetch(*query)

    async def fetchrow(self, *query: object) -> Any:
        await self.faults.apply()
        return await self.connection.fetchrow(*query)

    async def fetchval(self, *query: object) -> Any:
        await self.faults.apply()
        return await self.connection.fetchval(*query)

    async def execute(self, *query: object) -> Any:
        await self.faults.apply()
        return await self.connection.execute(*query)
