"""Experiments from their folder, and what became of those that ran."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ironclad.adapters.experiments import reader
from ironclad.adapters.files.atomic import explained
from ironclad.domain.experiment.experiment import Experiment
from ironclad.errors import (
    BadInputError,
    BusyError,
    NoGoError,
    RefusedError,
    StateError,
    TooLateError,
)
from ironclad.settings import settings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ironclad.adapters.files.yaml_source import PlacedError
    from ironclad.adapters.runs.history import NotRun
    from ironclad.domain.evidence.outcome import Outcome
    from ironclad.domain.history.past_run import PastRun
    from ironclad.domain.history.trend import Trend


def write_experiment(name: str, text: str) -> Path:
    """Raises BadInputError where one of that name exists, or where it would not be readable."""
    path = settings().experiments / f"{name}.yaml"
    reader.parse_experiment(path, text)
    if path.exists():
        raise BadInputError(f"{path} exists already; choose another name")
    with explained("write", path):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return path


def experiment(name: str) -> Experiment:
    """Load an experiment by name or by path. Raises BadInputError that says what would be right."""
    if name.endswith((".yaml", ".yml")):
        return reader.load_experiment(Path(name))
    return reader.find_experiment(name, [settings().experiments])


def flaws(file: str) -> "Sequence[PlacedError]":
    """Find what is wrong with an experiment, by name or by path, without a stack.

    Raises BadInputError where there is no such file.
    """
    from ironclad.wiring.objectives import alert_names, objective_documents

    folder = settings().experiments
    path = Path(file) if file.endswith(reader.SUFFIXES) else reader.file_of(file, [folder])
    return reader.flaws(path, tuple(objective_documents().every()), alert_names())


def experiment_names() -> tuple[str, ...]:
    return tuple(reader.experiment_names(settings().experiments))


def history() -> list[dict[str, Any]]:
    """Give past runs, newest first, and those that never began."""
    from ironclad.adapters.runs import reports

    rows = [*reports.history(settings().reports), *_not_run().rows()]
    return sorted(rows, key=lambda row: str(row["id"]), reverse=True)


_PASSED_OVER = (TooLateError, NoGoError)
"""Nothing is wrong with the game day itself."""


def refusal(experiment: Experiment, error: RefusedError | BusyError) -> "Outcome":
    """Say how a run ended that never began, and remember it: it has no report of its own."""
    from ironclad.domain.evidence.journal import Status
    from ironclad.domain.evidence.outcome import Outcome

    outcome = Outcome(
        run="",
        experiment=experiment.name,
        status=Status.SKIPPED if isinstance(error, _PASSED_OVER) else Status.REFUSED,
        verdict=None,
        reason=str(error),
    )
    _not_run().remember(outcome)
    return outcome


def _not_run() -> "NotRun":
    from ironclad.adapters.runs.history import NotRun

    return NotRun(settings().reports)


@dataclass(frozen=True, slots=True)
class Past:
    """`page` is None where there is no folder of reports yet."""

    trends: "Sequence[Trend]"
    stale: "Sequence[Trend]"
    page: Path | None


def past() -> Past:
    """Catch up with the reports and write their index anew; where it cannot be, read alone."""
    from ironclad.domain.history.trend import trends
    from ironclad.report.formats.index import INDEX

    chosen, now = settings(), datetime.now(UTC)
    names = tuple(reader.experiment_names(chosen.experiments))
    found = trends(_runs(chosen.reports, now, names), names)
    page = chosen.reports / INDEX
    return Past(
        trends=found,
        stale=[trend for trend in found if trend.is_stale(now)],
        page=page if page.is_file() else None,
    )


def _runs(folder: Path, now: datetime, names: "Sequence[str]") -> "Sequence[PastRun]":
    from ironclad.adapters.runs import reports
    from ironclad.adapters.runs.report_files import write_index

    try:
        return write_index(folder, now=now, experiments=names).runs
    except StateError:  # somebody else's reports may be looked at as well
        return reports.past_runs(folder)
