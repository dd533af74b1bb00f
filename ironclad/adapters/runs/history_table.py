"""The table of past runs: how a run becomes a row, and a row a run again."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, fields
from datetime import UTC, datetime
from pathlib import Path

from ironclad.domain.history.past_run import PastRun

VERSION = 2
COLUMNS = tuple(field.name for field in fields(PastRun))
WAIT_SECONDS = 10.0
"""Another process writes one row at a time and never holds the file for longer."""

_CREATE = f"""
CREATE TABLE IF NOT EXISTS runs (
  {", ".join(COLUMNS)}, stamp TEXT NOT NULL, PRIMARY KEY (run)
) WITHOUT ROWID
"""


@contextmanager
def connected(path: Path | None) -> Iterator[sqlite3.Connection]:
    """Open the file, or one in memory; what is written stays if the block ends well.

    Raises sqlite3.DatabaseError for a file that is damaged or of another version.
    """
    connection = sqlite3.connect(path or ":memory:", timeout=WAIT_SECONDS, isolation_level=None)
    try:
        connection.execute("BEGIN IMMEDIATE")
        _prepare(connection)
        yield connection
        connection.execute("COMMIT")
    finally:
        connection.close()


def _prepare(connection: sqlite3.Connection) -> None:
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if version not in {0, VERSION}:
        raise sqlite3.DatabaseError(f"its version is {version}")
    connection.execute(_CREATE)
    connection.execute(f"PRAGMA user_version = {VERSION}")


def put(connection: sqlite3.Connection, run: PastRun, stamp: str) -> None:
    row = [_stored(value) for value in asdict(run).values()]
    marks = ", ".join("?" * (len(COLUMNS) + 1))
    connection.execute(f"REPLACE INTO runs VALUES ({marks})", [*row, stamp])  # noqa: S608


def stamps(connection: sqlite3.Connection) -> dict[str, str]:
    return dict(connection.execute("SELECT run, stamp FROM runs"))


def every(connection: sqlite3.Connection) -> tuple[PastRun, ...]:
    """Give all, newest first."""
    names = ", ".join(COLUMNS)
    query = f"SELECT {names} FROM runs ORDER BY started_at DESC, run DESC"  # noqa: S608 - our own
    return tuple(_run(row) for row in connection.execute(query))


def _stored(value: object) -> object:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    return None if value is None else value


def _run(row: tuple[object, ...]) -> PastRun:
    """Raises ValueError or TypeError for a row that no run of ours became."""
    values = dict(zip(COLUMNS, row, strict=True))
    values["started_at"] = datetime.fromisoformat(str(values["started_at"]))
    recovered = values["recovered"]
    values["recovered"] = None if recovered is None else bool(recovered)
    return PastRun(**values)  # type: ignore[arg-type]
