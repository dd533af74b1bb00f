"""A page of results: each table is replaced between its marks, and the rest stays."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from trials.harness.pages import RESULTS

PAGE = RESULTS / "verdict-trials.md"


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """`name` is in the page's marks; `remark` stands below the rows."""

    name: str
    columns: Sequence[str]
    rows: Sequence[Sequence[object]]
    remark: str = ""

    def markdown(self) -> str:
        lines = [_line(self.columns), _line(["---"] * len(self.columns)), *map(_line, self.rows)]
        return "\n".join(lines) + (f"\n\n{self.remark}" if self.remark else "")


def _line(cells: Sequence[object]) -> str:
    return "| " + " | ".join(str(cell).replace("|", "/") for cell in cells) + " |"


def put(table: Table, page: Path = PAGE) -> None:
    """Raises ValueError where the page has no place for the table."""
    text = page.read_text(encoding="utf-8")
    begin, end = f"<!-- begin: {table.name} -->", f"<!-- end: {table.name} -->"
    pattern = re.compile(f"{re.escape(begin)}.*?{re.escape(end)}", re.DOTALL)
    if not pattern.search(text):
        raise ValueError(f"{page} has no marks for the table {table.name}")
    new = f"{begin}\n{table.markdown()}\n{end}"
    page.write_text(pattern.sub(lambda _: new, text, count=1), encoding="utf-8")
