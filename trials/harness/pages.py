"""Figures on the pages of `docs/results`, between two marks that no reader sees."""

import re
from pathlib import Path

RESULTS = Path(__file__).resolve().parents[2] / "docs" / "results"


def put_into(name: str, text: str, page: Path | None = None) -> None:
    """Replace what stands between the marks of that name. Raises ValueError without them."""
    page = page or RESULTS / f"{name}.md"
    begin, end = f"<!-- {name} -->", f"<!-- /{name} -->"
    between = re.compile(f"{re.escape(begin)}.*?{re.escape(end)}", re.DOTALL)
    old = page.read_text(encoding="utf-8")
    if not between.search(old):
        raise ValueError(f"{page} has no {begin} … {end}")
    new = f"{begin}\n\n{text}\n\n{end}"
    page.write_text(between.sub(lambda _: new, old), encoding="utf-8")
