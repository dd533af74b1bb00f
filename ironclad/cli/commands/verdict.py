"""A past game day, judged anew."""

from pathlib import Path
from typing import Annotated

import typer

from ironclad import wiring
from ironclad.cli.options import JsonOption
from ironclad.cli.terminal.completion import runs
from ironclad.cli.terminal.console import print_document, print_outcome_lines

BundleArgument = Annotated[
    Path,
    typer.Argument(
        help="An evidence.tar.gz, or the folder of a report that has one.", autocompletion=runs
    ),
]


def verdict(bundle: BundleArgument, json: JsonOption = False) -> int:  # noqa: FBT002
    """Work a verdict out anew, offline; the exit code is the verdict's, as of `game-day run`."""
    again = wiring.judge_again(bundle)
    report = again.report
    if json:
        print_document(again.now)
    else:
        first = f"{report.verdict or report.status}: {report.reason}"
        print_outcome_lines([first, *(f"  {reason}" for reason in report.reasons[1:])])
    wiring.demand_same(again)
    return report.exit_code
