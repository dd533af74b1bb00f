"""`python -m backend.migrate`: bring the schema up to this version.

Safe to run anywhere, any number of times, by several at once: one migrates under an advisory
lock, the others wait and find nothing to do. Migrations expand first and contract releases later,
so a schema that is newer than this version is one that it can work with.
"""

import asyncio
import sys
from pathlib import Path

import asyncpg
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import URL, Connection, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool

from backend.settings import DatabaseSettings, SettingsError, read_settings

FAILED = 1
CANNOT_START = 2
LOCK_KEY = 0x1C0C1AD
"""Any number will do, as long as nobody else locks it."""
CONNECT_SECONDS = 10
LOCK_SECONDS = 60
"""For another migration to end, or for a table that is in use to come free."""
STATEMENT_SECONDS = 300

_SCRIPTS = Path(__file__).with_name("migrations")


def main() -> int:
    try:
        settings = read_settings().database
    except SettingsError as error:
        print(error, file=sys.stderr)  # noqa: T201
        return CANNOT_START
    try:
        outcome = asyncio.run(migrate(settings))
    except (SQLAlchemyError, asyncpg.PostgresError, OSError, TimeoutError) as error:
        reason = str(getattr(error, "orig", None) or error or type(error).__name__)
        where = f"{settings.name} on {settings.host}:{settings.port}"
        print(f"Cannot migrate the database {where}: {reason}", file=sys.stderr)  # noqa: T201
        return FAILED
    print(outcome)  # noqa: T201
    return 0


async def migrate(settings: DatabaseSettings) -> str:
    """What was done, as a sentence."""
    engine = _engine(settings)
    try:
        async with engine.connect() as connection:
            await connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": LOCK_KEY})
            await connection.commit()  # the lock is the session's, and stays
            outcome = await connection.run_sync(_upgrade)
            await connection.commit()
            return outcome
    finally:
        await engine.dispose()


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
