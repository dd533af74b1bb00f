"""Every run in an embedded database beside the reports; the reports themselves are the truth.

The database only spares reading them all: it catches up with the folders each time, and is built
anew where it is lost or damaged. What it remembers of a folder that was deleted stays.
"""

import json
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields, replace
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from ironclad.adapters.files.atomic import explained, make_folder
from ironclad.domain.evidence.outcome import Outcome
from ironclad.domain.experiment.plan import Plan
from ironclad.domain.history.past_run import PastRun
from ironclad.domain.history.regression import COMPARED_AT_MOST
from ironclad.report.formats.rendering import JSON
from ironclad.report.model.past import past_run

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


_RUN = TypeAdapter(PastRun)
FILE = "history.sqlite3"
_NO_REPORT = (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError)


@dataclass(frozen=True, slots=True)
class Damaged:
    """A run whose report cannot be read, and why."""

    run: str
    reason: str


@dataclass(frozen=True, slots=True)
class Known:
    """Everything that is known of the runs before, newest first."""

    runs: tuple[PastRun, ...]
    damaged: tuple[Damaged, ...]


class RunHistory:
    """The history of one folder of reports; a folder that is not there has none."""

    def __init__(self, reports: Path) -> None:
        self._reports = reports

    def known(self) -> Known:
        """Catch up with the folders first. A file that cannot be written is done without."""
        if not self._reports.is_dir():
            return Known((), ())
        path = self._reports / FILE
        try:
            return self._caught_up(path)
        except sqlite3.OperationalError:  # read-only, locked, a full disk
            return self._caught_up(None)
        except (sqlite3.Error, ValueError, TypeError):
            path.unlink(missing_ok=True)
            return self._caught_up(path)

    def before(self, plan: Plan) -> tuple[PastRun, ...]:
        """Give the newest runs before this one of the same experiment and stack, newest first."""
        wanted = (plan.experiment.name, plan.stack.platform, plan.stack.name)
        found = (
            one
            for one in self.known().runs
            if (one.experiment, one.platform, one.stack) == wanted and one.run < plan.run
        )
        return tuple(islice(found, COMPARED_AT_MOST))

    def _caught_up(self, path: Path | None) -> Known:
        with connected(path) as connection:
            damaged = tuple(self._catch_up(connection))
            bad = {one.run for one in damaged}
            runs = tuple(run for run in every(connection) if run.run not in bad)
        return Known(runs, damaged)

    def _catch_up(self, connection: sqlite3.Connection) -> Iterator[Damaged]:
        known = stamps(connection)
        for folder in self._ended():
            try:
                stamp = _stamp(folder / JSON)
                if known.get(folder.name) != stamp:
                    put(connection, _read(folder), stamp)
            except _NO_REPORT as error:
                yield Damaged(folder.name, f"{folder / JSON} cannot be read: {error}")

    def _ended(self) -> Sequence[Path]:
        """A run without any report yet is under way; `latest` is another name of one."""
        folders = [path for path in self._reports.iterdir() if path.is_dir()]
        ended = [path for path in folders if not path.is_symlink() and any(path.glob("report.*"))]
        return sorted(ended, key=lambda path: path.name, reverse=True)


def _stamp(path: Path) -> str:
    """Tell one version of a file from the next."""
    status = path.stat()
    return f"{status.st_mtime_ns}-{status.st_size}"


def _read(folder: Path) -> PastRun:
    """A folder's name is the run's, whatever its report says."""
    run = past_run(json.loads((folder / JSON).read_bytes()))
    return _RUN.validate_python(asdict(replace(run, run=folder.name)))


NOT_RUN_FILE = "not-run.jsonl"
_KEYS = ("experiment", "status", "reason", "started_at", "verdict", "spent_ratio", "recovered")


class NotRun:
    """Game days that never began have no report, but a line each; a torn one is passed over."""

    def __init__(self, reports: Path) -> None:
        self._file = reports.absolute() / NOT_RUN_FILE

    def remember(self, outcome: Outcome) -> None:
        now = datetime.now(UTC)
        row = {
            "id": f"{now:%Y%m%dT%H%M%SZ}-{outcome.experiment}",
            "experiment": outcome.experiment,
            "started_at": f"{now:%Y-%m-%dT%H:%M:%SZ}",
            "status": outcome.status,
            "reason": outcome.reason,
        }
        make_folder(self._file.parent, 0o755)
        with explained("write to", self._file), self._file.open("a", encoding="utf-8") as file:
            file.write(json.dumps(row) + "\n")

    def rows(self) -> list[dict[str, Any]]:
        """Newest last."""
        if not self._file.exists():
            return []
        with explained("read", self._file):
            lines = self._file.read_text(encoding="utf-8").splitlines()
        return [{**dict.fromkeys(_KEYS), **row} for row in map(_not_run_row, lines) if row]


def _not_run_row(line: str) -> dict[str, Any]:
    try:
        row = json.loads(line)
    except ValueError:
        return {}
    return row if isinstance(row, dict) and "id" in row else {}
