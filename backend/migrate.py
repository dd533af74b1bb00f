"""`python -m backend.migrate`: bring the schema up to this version.

Safe to run anywhere, any number of times, by several at once. One migrates under an advisory lock;
the others wait and find nothing to do. Migrations expand first and contract releases later, so a
schema that is newer than this version is one that it can work with.

`--wait 60` waits so many seconds for a database that does not take connections yet: a container
that ends is started again with ever longer pauses.
"""

import argparse
import asyncio
import sys
import time
from pathlib import Path

import asyncpg
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import URL, Connection, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool

from backend.settings import DatabaseSettings, SettingsError, read_settings

FAILED = 1
CANNOT_START = 2
LOCK_KEY = 0x1C0C1AD
"""Any number that no other program locks."""
CONNECT_SECONDS = 10
LOCK_SECONDS = 60
"""For another migration to end, or for a table that is in use to come free."""
STATEMENT_SECONDS = 300
RETRY_SECONDS = 0.5
_NOT_YET = frozenset({"57P01", "57P02", "57P03", "53300", "08000", "08003", "08006"})
"""SQL states of a server that starts, stops, hangs up or is full; all of them pass."""

_SCRIPTS = Path(__file__).with_name("migrations")


def main() -> int:
    parser = argparse.ArgumentParser(prog="backend.migrate")
    parser.add_argument("--wait", type=float, default=0.0, metavar="SECONDS")
    wait_seconds = parser.parse_args().wait
    try:
        settings = read_settings().database
    except SettingsError as error:
        print(error, file=sys.stderr)  # noqa: T201
        return CANNOT_START
    try:
        outcome = asyncio.run(migrate(settings, wait_seconds=wait_seconds))
    except (SQLAlchemyError, asyncpg.PostgresError, OSError, TimeoutError) as error:
        reason = str(getattr(error, "orig", None) or error or type(error).__name__)
        where = f"{settings.name} on {settings.host}:{settings.port}"
        print(f"Cannot migrate the database {where}: {reason}", file=sys.stderr)  # noqa: T201
        return FAILED
    print(outcome)  # noqa: T201
    return 0


async def migrate(settings: DatabaseSettings, *, wait_seconds: float = 0.0) -> str:
    """What was done, as a sentence."""
    engine = _engine(settings)
    try:
        connection = await _connected(engine, time.monotonic() + wait_seconds)
        try:
            return await _alone(connection)
        finally:
            await connection.close()
    finally:
        await engine.dispose()


async def _alone(connection: AsyncConnection) -> str:
    await connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": LOCK_KEY})
    await connection.commit()  # the lock is the session's, and stays
    outcome = await connection.run_sync(_upgrade)
    await connection.commit()
    return outcome


async def _connected(engine: AsyncEngine, until: float) -> AsyncConnection:
    """Raises what the last try raised."""
    while True:
        try:
            return await engine.connect()
        except (SQLAlchemyError, asyncpg.PostgresError, OSError, TimeoutError) as error:
            if time.monotonic() >= until or not _may_pass(error):
                raise
        await asyncio.sleep(RETRY_SECONDS)


def _may_pass(error: Exception) -> bool:
    """A wrong password or a database that does not exist stays what it is."""
    cause = getattr(error, "orig", None) or error
    return isinstance(cause, OSError) or getattr(cause, "sqlstate", None) in _NOT_YET


def _upgrade(connection: Connection) -> str:
    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS))
    config.attributes["connection"] = connection
    scripts = ScriptDirectory.from_config(config)
    before = MigrationContext.configure(connection).get_current_revision()
    head = scripts.get_current_head()
    if before == head:
        return f"The schema is at {head} already."
    if before is not None and before not in {
        script.revision for script in scripts.walk_revisions()
    }:
        return f"The schema is at {before}, newer than this version knows; it is left as it is."
    command.upgrade(config, "head")
    return f"The schema was at {before or 'nothing'} and is at {head} now."


def _engine(settings: DatabaseSettings) -> AsyncEngine:
    return create_async_engine(
        URL.create("postgresql+asyncpg"),
        poolclass=NullPool,
        connect_args={
            "host": settings.host,
            "port": settings.port,
            "user": settings.user,
            "database": settings.name,
            "password": settings.password,
            "timeout": CONNECT_SECONDS,
            **({"ssl": settings.ssl} if settings.ssl else {}),
            "server_settings": {
                "application_name": "ironclad-migrate",
                "lock_timeout": f"{LOCK_SECONDS}s",
                "statement_timeout": f"{STATEMENT_SECONDS}s",
            },
        },
    )


if __name__ == "__main__":
    sys.exit(main())
