"""The way to PostgreSQL: bounded in time, its errors made ours.

`databases` keeps the pool. Statements take asyncpg's connections from it directly. Its own query
layer costs a third of the throughput of a short read, its connection per task another eighth. It
has had no release since 2024, so nothing else in the service imports it.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import asyncpg
import databases

from backend.settings import DatabaseSettings

Result = TypeVar("Result")
Connection = Any
"""asyncpg's; it comes without types."""

PING_SECONDS = 0.5
DISCONNECT_SECONDS = 2.0
_STATEMENT_SHARE = 0.75
"""The server gives up before we do, so that the connection survives an ordinary slow query."""

_UNAVAILABLE = (
    OSError,
    TimeoutError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    asyncpg.InsufficientResourcesError,
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.InvalidCatalogNameError,
    asyncpg.LockNotAvailableError,
    asyncpg.OperatorInterventionError,
    asyncpg.PostgresConnectionError,
    asyncpg.PostgresSystemError,
    asyncpg.ReadOnlySQLTransactionError,
    asyncpg.TransactionRollbackError,
    asyncpg.UndefinedTableError,
)
"""Failures of the database, which pass. Any other error is a mistake of this program."""


class DatabaseUnavailableError(Exception):
    """PostgreSQL cannot be reached, is too slow, or is not ready for us."""


class Database:
    def __init__(self, settings: DatabaseSettings) -> None:
        self._seconds = settings.call_seconds
        self._pool = databases.Database("postgresql://", **_options(settings))
        self._leases: Any = None
        self._calls = 0
        self.in_use = 0

    @property
    def waiting(self) -> int:
        return self._calls - self.in_use

    async def connect(self) -> None:
        """Opens no connection yet: the service starts while its database is away."""
        await self._pool.connect()
        self._leases = self._pool._backend._pool  # noqa: SLF001 - nothing public leads there

    async def disconnect(self) -> None:
        """Raises `DatabaseUnavailableError` if connections cannot be closed in order."""
        try:
            async with asyncio.timeout(DISCONNECT_SECONDS):
                await self._pool.disconnect()
        except _UNAVAILABLE as error:
            raise _unavailable(error) from error

    async def call(
        self,
        work: Callable[[Connection], Awaitable[Result]],
        *,
        seconds: float | None = None,
    ) -> Result:
        """Raises `DatabaseUnavailableError`, after `seconds` at the latest."""
        self._calls += 1
        try:
            async with asyncio.timeout(self._seconds if seconds is None else seconds):
                async with self._leases.acquire() as connection:
                    return await self._use(connection, work)
        except _UNAVAILABLE as error:
            raise _unavailable(error) from error
        finally:
            self._calls -= 1

    async def ping(self) -> bool:
        """Whether the schema is there. Raises `DatabaseUnavailableError`."""
        found = await self.call(_has_schema, seconds=PING_SECONDS)
        return bool(found)

    async def _use(
        self, connection: Connection, work: Callable[[Connection], Awaitable[Result]]
    ) -> Result:
        self.in_use += 1
        try:
            return await work(connection)
        except asyncio.CancelledError:
            # Giving it back would wait until the server has cancelled the statement,
            # and a server that hangs never does.
            connection.terminate()
            raise
        finally:
            self.in_use -= 1


def _unavailable(error: BaseException) -> DatabaseUnavailableError:
    return DatabaseUnavailableError(str(error) or type(error).__name__)


async def _has_schema(connection: Connection) -> Any:
    return await connection.fetchval("SELECT to_regclass('orders') IS NOT NULL")


async def _keep_as_it_is(connection: Connection) -> None:
    """Our statements leave nothing behind in a session, so there is nothing to reset."""


def _options(settings: DatabaseSettings) -> dict[str, Any]:
    statement_ms = int(settings.call_seconds * _STATEMENT_SHARE * 1000)
    options: dict[str, Any] = {
        "host": settings.host,
        "port": settings.port,
        "user": settings.user,
        "database": settings.name,
        "password": settings.password,
        "min_size": 0,
        "max_size": settings.pool_size,
        "timeout": settings.call_seconds,
        "reset": _keep_as_it_is,
        "server_settings": {
            "application_name": "ironclad-backend",
            "statement_timeout": str(statement_ms),
        },
    }
    if settings.ssl is not None:
        options["ssl"] = settings.ssl
    return options
