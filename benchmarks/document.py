"""`docs/benchmarks.md` and `benchmarks/latest.json`, written by the command itself."""

import json
from collections.abc import Sequence
from pathlib import Path

from benchmarks import machine
from benchmarks.benchmark import Ran
from benchmarks.table import markdown_table

ROOT = Path(__file__).resolve().parents[1]
LATEST = ROOT / "benchmarks" / "latest.json"
PAGE = ROOT / "docs" / "benchmarks.md"

PREFACE = """\
# Benchmarks

Written by `make bench`; do not edit. Each row compares with a named peer that ran in the same
minutes on the same machine, in turn with ours: figures are medians, a ratio is the median of ours ÷
theirs by pair. `make bench ONLY=name` measures one of them and prints it, without touching this
page. Nothing here is an assertion of a test: a figure belongs to its machine.
"""


def write(ran: Sequence[Ran], command: str) -> None:
    rows = [row.as_json() for each in ran for row in each.result.rows]
    LATEST.write_text(json.dumps(rows, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    PAGE.write_text(page(ran, command), encoding="utf-8")


def page(ran: Sequence[Ran], command: str) -> str:
    blocks = ["\n".join(machine.lines(command)), *("\n".join(_section(each)) for each in ran)]
    return PREFACE + "\n" + "\n\n".join(blocks) + "\n"


def _section(ran: Ran) -> list[str]:
    head = [f"## {ran.benchmark.name}", "", ran.benchmark.about, ""]
    if ran.problem:
        return [*head, f"Not measured: {ran.problem}"]
    remarks = ["", *ran.result.remarks] if ran.result.remarks else []
    return [*head, *markdown_table(ran.result.rows), *remarks, "", f"Took {ran.seconds:.0f} s."]
