"""Orders in PostgreSQL."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

from backend.breaker import Breaker
from backend.chaos import BreakableConnection, QueryFaults
from backend.database import Connection, Database, DatabaseUnavailableError
from backend.orders import NewOrder, Order
from backend.paging import Page

Result = TypeVar("Result")

_COLUMNS = "id, item, quantity, price_cents, created_at"
_INSERT = f"""
    INSERT INTO orders (idempotency_key, item, quantity, price_cents, run)
    VALUES ($1, $2, $3, $4, $5)
    ON CONFLICT (idempotency_key) DO NOTHING
    RETURNING {_COLUMNS}
"""  # noqa: S608  # no foreign text in it
_BY_KEY = f"SELECT {_COLUMNS} FROM orders WHERE idempotency_key = $1"  # noqa: S608
_BY_ID = f"SELECT {_COLUMNS} FROM orders WHERE id = $1"  # noqa: S608
_PAGE = f"SELECT {_COLUMNS} FROM orders WHERE id > $1 ORDER BY id LIMIT $2"  # noqa: S608
_RUN_PAGE = """
    SELECT id, idempotency_key FROM orders WHERE run = $1 AND id > $2 ORDER BY id LIMIT $3
"""
_RUN_COUNT = "SELECT count(*) FROM orders WHERE run = $1"
_RUN_DELETE = """
    WITH doomed AS (SELECT id FROM orders WHERE run = $1 ORDER BY id LIMIT $2),
         gone AS (DELETE FROM orders WHERE id IN (SELECT id FROM doomed) RETURNING 1)
    SELECT count(*) FROM gone
"""
DELETE_BATCH = 2_000
"""So that no statement grows with the run."""


@dataclass(frozen=True, slots=True)
class Placed:
    order: Order
    is_new: bool


@dataclass(frozen=True, slots=True)
class OrderStore:
    """Each method raises `DatabaseUnavailableError` or `BreakerOpenError`."""

    database: Database
    breaker: Breaker
    faults: QueryFaults

    async def place(self, key: str, new: NewOrder, run: str | None) -> Placed:
        """The order of this key: a new one, or the one that is there already."""

        async def work(connection: Connection) -> Placed:
            values = (key, new.item, new.quantity, new.price_cents, run)
            row = await connection.fetchrow(_INSERT, *values)
            if row is not None:
                return Placed(Order(*row), is_new=True)
            row = await connection.fetchrow(_BY_KEY, key)
            if row is None:
                raise DatabaseUnavailableError("The order was deleted while it was repeated.")
            return Placed(Order(*row), is_new=False)

        return await self._call(work)

    async def find(self, order_id: int) -> Order | None:
        row = await self._call(lambda connection: connection.fetchrow(_BY_ID, order_id))
        return Order(*row) if row else None

    async def page(self, page: Page) -> list[Order]:
        rows = await self._call(lambda connection: connection.fetch(_PAGE, page.after, page.limit))
        return [Order(*row) for row in rows]

    async def page_of_run(self, run: str, page: Page) -> list[tuple[int, str]]:
        """Ids and idempotency keys."""
        rows = await self._call(
            lambda connection: connection.fetch(_RUN_PAGE, run, page.after, page.limit)
        )
        return [(row["id"], row["idempotency_key"]) for row in rows]

    async def count_of_run(self, run: str) -> int:
        count: int = await self._call(lambda connection: connection.fetchval(_RUN_COUNT, run))
        return count

    async def delete_run(self, run: str) -> int:
        deleted = 0
        while True:
            batch: int = await self._call(
                lambda connection: connection.fetchval(_RUN_DELETE, run, DELETE_BATCH)
            )
            deleted += batch
            if batch < DELETE_BATCH:
                return deleted

    async def _call(self, work: Callable[[Connection], Awaitable[Result]]) -> Result:
        with self.breaker.calling():
            return await self.database.call(self._breakable(work))

    def _breakable(
        self, work: Callable[[Connection], Awaitable[Result]]
    ) -> Callable[[Connection], Awaitable[Result]]:
        """Faults apply only to what serves a request; the readiness probe does not come here."""
        if self.faults.are_none:
            return work
        return lambda connection: work(BreakableConnection(connection, self.faults))
