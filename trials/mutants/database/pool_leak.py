"""One call in 150 never gives its connection back; when none is left, nothing works any more."""

import asyncio
import itertools
from collections.abc import Awaitable, Callable
from typing import Any

from backend.database import Connection, Database
from trials.mutants._plant import serve_with

EVERY = 150
_numbers = itertools.count(1)
_use = Database._use  # noqa: SLF001
_leaks: list[asyncio.Task[None]] = []


async def _leaking(
    database: Database, connection: Connection, work: Callable[[Connection], Awaitable[Any]]
) -> Any:
    if next(_numbers) % EVERY == 0:
        _leaks.append(asyncio.create_task(_hold(database)))
    return await _use(database, connection, work)


async def _hold(database: Database) -> None:
    """Take one more from the pool, and keep it."""
    async with database._pool.connection() as leased:  # noqa: SLF001
        await leased.raw_connection.execute("SELECT 1")
        await asyncio.Event().wait()


if __name__ == "__main__":
    serve_with(Database, "_use", _leaking)
