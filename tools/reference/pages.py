"""Which page is made by what."""

from collections.abc import Callable, Mapping
from pathlib import Path

from ironclad.settings import PROJECT
from tools.reference import (
    alerts,
    api,
    cli,
    experiment,
    experiments,
    faults,
    metrics,
    parameters,
    report,
    settings,
)

FOLDER = PROJECT / "docs" / "reference"

PAGES: Mapping[Path, Callable[[], str]] = {
    FOLDER / "alerts.md": alerts.page,
    FOLDER / "api.md": api.page,
    FOLDER / "cli.md": cli.page,
    FOLDER / "experiment.md": experiment.page,
    FOLDER / "experiments.md": experiments.page,
    FOLDER / "faults.md": faults.page,
    FOLDER / "metrics.md": metrics.page,
    FOLDER / "parameters.md": parameters.page,
    FOLDER / "report.md": report.page,
    FOLDER / "settings.md": settings.page,
}
