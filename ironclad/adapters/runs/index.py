"""`index.html` beside the reports: every run and every trend on one page."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from ironclad.adapters.files.atomic import write_atomically
from ironclad.adapters.runs.history import Known, RunHistory
from ironclad.report.formats.index import INDEX, IndexPage, index_of
from ironclad.report.formats.rendering import encodable

READABLE_BY_ALL = 0o644


def write_index(reports: Path, *, now: datetime, experiments: Sequence[str] = ()) -> Known:
    """Write it anew, and give what it shows. Raises StateError."""
    known = RunHistory(reports).known()
    page = IndexPage(
        runs=known.runs,
        damaged=[(one.run, one.reason) for one in known.damaged],
        experiments=experiments,
        now=now,
    )
    if reports.is_dir():
        text = encodable(index_of(page))
        write_atomically(reports / INDEX, text.encode(), READABLE_BY_ALL)
    return known
