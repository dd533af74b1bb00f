"""From objectives to rules."""

from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from ironclad import wiring
from ironclad.cli.terminal.console import out
from ironclad.domain.alerting.rules import Tempo
from ironclad.domain.text.durations import parse_duration
from ironclad.errors import BadInputError

app = typer.Typer(help="Objectives, and the rules made from them.", no_args_is_help=True)

OPERATOR_FILE = "ironclad-prometheusrule.yaml"


class RuleFormat(StrEnum):
    PROMETHEUS = "prometheus"
    PROMETHEUSRULE = "prometheusrule"


CompressOption = Annotated[
    int,
    typer.Option("--compress", min=1, max=3600, help="Divide windows, `for` and intervals by it."),
]
FormatOption = Annotated[
    RuleFormat, typer.Option("--format", help="Rule files, or one object of the operator.")
]
OutputOption = Annotated[
    Path | None, typer.Option("--output", "-o", help="A folder; monitoring/rules if not given.")
]
ScrapeOption = Annotated[
    str, typer.Option("--scrape-interval", help="No window is shorter than four of them.")
]


@app.command()
def generate(
    compress: CompressOption = 1,
    format_: FormatOption = RuleFormat.PROMETHEUS,
    output: OutputOption = None,
    scrape_interval: ScrapeOption = "15s",
) -> None:
    """Write the recording rules and alerts of every objective in monitoring/slos/."""
    tempo = Tempo(compress=compress, scrape_interval=_interval(scrape_interval))
    if format_ is RuleFormat.PROMETHEUSRULE:
        _operator(wiring.as_prometheus_rule(tempo), output)
        return
    if tempo != Tempo() and output is None:
        raise BadInputError(
            "rules for trials do not belong into monitoring/rules; name a folder with --output"
        )
    for path in wiring.write_rules(output or wiring.RULES, tempo):
        out.print(f"wrote {path}", markup=False)


def _interval(text: str) -> timedelta:
    try:
        interval = parse_duration(text)
    except ValueError as error:
        raise BadInputError(f"--scrape-interval: {error}") from error
    if not interval:
        raise BadInputError("--scrape-interval must be longer than 0s")
    return interval


def _operator(text: str, output: Path | None) -> None:
    """Without a folder it is printed, for `kubectl apply -f -`."""
    if output is None:
        print(text, end="")  # noqa: T201 - YAML, without colours and wrapping
        return
    output.mkdir(parents=True, exist_ok=True)
    path = output / OPERATOR_FILE
    path.write_text(text, encoding="utf-8")
    out.print(f"wrote {path}", markup=False)
