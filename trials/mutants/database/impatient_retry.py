"""A query that is merely slow is given up and asked once more.

Half as much again for the database, and an error for the client in the end.
"""

from collections.abc import Awaitable, Callable
from typing import Any

from backend.database import Connection, Database, DatabaseUnavailableError
from trials.mutants._plant import serve_with

PATIENCE_SECONDS = 0.15
_call = Database.call


async def _impatient(
    database: Database,
    work: Callable[[Connection], Awaitable[Any]],
    *,
    seconds: float | None = None,
) -> Any:
    """The readiness probe keeps its own limit."""
    if seconds is not None:
        return await _call(database, work, seconds=seconds)
    try:
        return await _call(database, work, seconds=PATIENCE_SECONDS)
    except DatabaseUnavailableError:
        return await _call(database, work, seconds=PATIENCE_SECONDS)


if __name__ == "__main__":
    serve_with(Database, "call", _impatient)
