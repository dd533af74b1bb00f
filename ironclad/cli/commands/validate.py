"""Experiments read without a stack: everything that is wrong with them, by line."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from ironclad import wiring
from ironclad.cli.options import JsonOption
from ironclad.cli.terminal.completion import experiments
from ironclad.cli.terminal.console import print_json, say

if TYPE_CHECKING:
    from ironclad.adapters.files.yaml_source import PlacedError

FilesArgument = Annotated[
    list[str],
    typer.Argument(
        metavar="FILE...",
        help="Paths, or names of files in game_days/.",
        autocompletion=experiments,
    ),
]


def validate(files: FilesArgument, json: JsonOption = False) -> int:  # noqa: FBT002
    """Say everything that is wrong with experiment files, without a stack; 2 if anything is."""
    found = {file: wiring.flaws(file) for file in files}
    if json:
        print_json({"files": [_document(file, flaws) for file, flaws in found.items()]})
    else:
        for file, flaws in found.items():
            for flaw in flaws:
                say(str(flaw))
            if not flaws:
                say(f"{file}: nothing is wrong")
    return 2 if any(found.values()) else 0


def _document(file: str, flaws: "Sequence[PlacedError]") -> dict[str, object]:
    return {
        "file": file,
        "problems": [
            {"line": flaw.place.line, "column": flaw.place.column, "message": flaw.sentence}
            for flaw in flaws
        ],
    }
