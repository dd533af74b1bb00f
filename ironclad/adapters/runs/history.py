"""Every run in an embedded database beside the reports; the reports themselves are the truth.

The database only spares reading them all: it catches up with the folders each time, and is built
anew where it is lost or damaged. What it remembers of a folder that was deleted stays.
"""

import json
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import islice
from pathlib import Path

from pydantic import TypeAdapter

from ironclad.adapters.runs import history_table as table
from ironclad.domain.experiment.plan import Plan
from ironclad.domain.history.past_run import PastRun
from ironclad.domain.history.regression import COMPARED_AT_MOST
from ironclad.report.formats.rendering import JSON
from ironclad.report.model.past import past_run

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
        with table.connected(path) as connection:
            damaged = tuple(self._catch_up(connection))
            bad = {one.run for one in damaged}
            runs = tuple(run for run in table.every(connection) if run.run not in bad)
        return Known(runs, damaged)

    def _catch_up(self, connection: sqlite3.Connection) -> Iterator[Damaged]:
        stamps = table.stamps(connection)
        for folder in self._ended():
            try:
                stamp = _stamp(folder / JSON)
                if stamps.get(folder.name) != stamp:
                    table.put(connection, _read(folder), stamp)
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
