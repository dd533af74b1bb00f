"""Which page is made by what."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True)
class Page:
    title: str
    question: str
    source: str
    """What to change instead of the page."""
    body: Callable[[], str]

    def text(self) -> str:
        note = f"`python -m tools.reference` makes this page from {self.source}."
        body = self.body().strip()
        return f"# {self.title}\n\n*{self.question}*\n\n{body}\n\n---\n\n{note}\n"


PAGES: Mapping[Path, Page] = {
    FOLDER / "alerts.md": Page(
        "Alerts", "Which alerts can fire, and when?", "`monitoring/rules/`", alerts.body
    ),
    FOLDER / "api.md": Page(
        "API", "What does the logic need of the world?", "the code's docstrings", api.body
    ),
    FOLDER / "cli.md": Page(
        "Command line", "Which commands are there?", "`ironclad/cli/`", cli.body
    ),
    FOLDER / "experiment.md": Page(
        "Experiment keys",
        "Which keys does an experiment have?",
        "`game_days/experiment.schema.json`",
        experiment.body,
    ),
    FOLDER / "experiments.md": Page(
        "Experiments", "Which experiments ship with Ironclad?", "`game_days/`", experiments.body
    ),
    FOLDER / "faults.md": Page(
        "Faults",
        "Which faults are there, and what does each do?",
        "the experiments' schema and `ironclad/domain/faults/catalogue.py`",
        faults.body,
    ),
    FOLDER / "metrics.md": Page(
        "Metrics", "Which series can you query?", "the code that exposes them", metrics.body
    ),
    FOLDER / "parameters.md": Page(
        "Stack parameters",
        "What can differ between two stacks in a cluster?",
        "the code of the parameters",
        parameters.body,
    ),
    FOLDER / "report.md": Page(
        "Report schema",
        "Which fields does `report.json` have?",
        "the report's published schema",
        report.body,
    ),
    FOLDER / "settings.md": Page(
        "Settings",
        "Which environment variables does Ironclad read?",
        "`ironclad/settings.py`",
        settings.body,
    ),
}
