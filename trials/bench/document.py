"""`docs/results/benchmarks.md` and `trials/bench/latest.json`, written by the command itself.

Each benchmark is a section of the page and a prefix in the file. So one that was measured alone
replaces only itself.
"""

import json
import re
from collections.abc import Sequence
from pathlib import Path

from trials.bench.benchmark import Ran
from trials.bench.table import markdown_table
from trials.harness import machine

ROOT = Path(__file__).resolve().parents[2]
LATEST = ROOT / "trials/bench/latest.json"
PAGE = ROOT / "docs" / "results" / "benchmarks.md"
_SECTION = re.compile(r"^## (\S+)\n.*?(?=^## |\Z)", re.DOTALL | re.MULTILINE)

PREFACE = """\
# Benchmarks

*How quick is each part beside a named peer?*

`make bench` writes this page; do not edit it. Each row compares with a named peer that ran in the
same minutes on the same machine, in turn with ours. A figure is a median. A ratio is the median of
ours ÷ theirs by pair.

`make bench ONLY=name` measures one of them and prints it. With `KEEP=1` it replaces its section
here. No test asserts a figure, because it belongs to its machine. The rows are in
`trials/bench/latest.json` too.
"""


def write(
    ran: Sequence[Ran],
    command: str,
    order: Sequence[str],
    *,
    page: Path = PAGE,
    rows: Path = LATEST,
) -> None:
    """Put these in place of their last ones; `order` names every benchmark there is."""
    found = {**kept(page), **{each.benchmark.name: section(each, command) for each in ran}}
    blocks = ["\n".join(machine.described()), *(found[name] for name in order if name in found)]
    page.write_text(PREFACE + "\n" + "\n\n".join(blocks) + "\n", encoding="utf-8")
    json_rows = [row for name in order for row in _rows(name, ran, rows)]
    lines = ",\n".join(json.dumps(row, ensure_ascii=False) for row in json_rows)
    rows.write_text(f"[\n{lines}\n]\n", encoding="utf-8")


def kept(page: Path) -> dict[str, str]:
    """Give the sections that are there, by name."""
    text = page.read_text(encoding="utf-8") if page.exists() else ""
    return {match[1]: match[0].strip() for match in _SECTION.finditer(text)}


def section(ran: Ran, command: str) -> str:
    head = [f"## {ran.benchmark.name}", "", ran.benchmark.about, ""]
    if ran.problem:
        return "\n".join([*head, f"Not measured: {ran.problem}"])
    remarks = ["", *ran.result.remarks] if ran.result.remarks else []
    source = f"`{command}` on {machine.now()}; {ran.seconds:.0f} s."
    return "\n".join([*head, *markdown_table(ran.result.rows), *remarks, "", source])


def _rows(name: str, ran: Sequence[Ran], rows: Path) -> list[dict[str, object]]:
    for each in ran:
        if each.benchmark.name == name:
            found = [row.as_json() for row in each.result.rows]
            return [{**row, "name": f"{name}: {row['name']}"} for row in found]
    before = json.loads(rows.read_text(encoding="utf-8")) if rows.exists() else []
    return [row for row in before if row["name"].startswith(f"{name}: ")]
