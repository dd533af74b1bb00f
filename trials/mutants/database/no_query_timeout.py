"""A query may take as long as it likes, and so may the wait for a connection."""

from collections.abc import Awaitable, Callable
from typing import Any

from backend.database import Connection, Database
from trials.mutants._plant import serve_with

ENDLESS_SECONDS = 3600.0
_call = Database.call


async def _patient(
    database: Database,
    work: Callable[[Connection], Awaitable[Any]],
    *,
    seconds: float | None = None,
) -> Any:
    """The readiness probe keeps its own limit."""
    return await _call(database, work, seconds=ENDLESS_SECONDS if seconds is None else seconds)


if __name__ == "__main__":
    serve_with(Database, "call", _patient)
