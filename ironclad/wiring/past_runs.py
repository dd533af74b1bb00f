"""What became of the game days until now, and which experiments did not run for too long."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from ironclad.adapters.experiments import reader
from ironclad.adapters.runs import reports
from ironclad.adapters.runs.report_files import write_index
from ironclad.domain.history.past_run import PastRun
from ironclad.domain.history.trend import Trend, trends
from ironclad.errors import StateError
from ironclad.report.formats.index import INDEX
from ironclad.settings import settings


@dataclass(frozen=True, slots=True)
class Past:
    """`page` is None where there is no folder of reports yet."""

    trends: Sequence[Trend]
    stale: Sequence[Trend]
    page: Path | None


def past() -> Past:
    """Catch up with the reports and write their index anew; where it cannot be, read alone."""
    chosen, now = settings(), datetime.now(UTC)
    names = tuple(reader.experiment_names(chosen.experiments))
    found = trends(_runs(chosen.reports, now, names), names)
    page = chosen.reports / INDEX
    return Past(
        trends=found,
        stale=[trend for trend in found if trend.is_stale(now)],
        page=page if page.is_file() else None,
    )


def _runs(folder: Path, now: datetime, names: Sequence[str]) -> Sequence[PastRun]:
    try:
        return write_index(folder, now=now, experiments=names).runs
    except StateError:  # somebody else's reports may be looked at as well
        return reports.past_runs(folder)
