"""Each failure keeps a connection of the pool, until one is left for all requests."""

import asyncio
from typing import Any

from backend.database import Connection, Database
from trials.mutants.left_behind._after_an_error import serve_and_leave

MOST = 9
_connect = Database.connect
_databases: list[Database] = []
_kept: list[asyncio.Task[Any]] = []


async def _remembered(database: Database) -> None:
    _databases.append(database)
    await _connect(database)


async def _hold(connection: Connection) -> None:
    await connection.fetchval("SELECT 1")
    await asyncio.Event().wait()


def _keep_one() -> None:
    if len(_kept) < MOST:
        _kept.append(asyncio.create_task(_databases[0].call(_hold, seconds=3600)))


if __name__ == "__main__":
    Database.connect = _remembered  # type: ignore[assignment,method-assign]
    serve_and_leave(_keep_one)
