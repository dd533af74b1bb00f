"""Figures in `docs/reliability.md`, between two marks that no reader sees."""

import re
from pathlib import Path

RELIABILITY = Path(__file__).resolve().parents[1] / "docs" / "reliability.md"


def put_into(name: str, text: str, page: Path = RELIABILITY) -> None:
    """Replace what stands between the marks of that name. Raises ValueError without them."""
    begin, end = f"<!-- {name} -->", f"<!-- /{name} -->"
    between = re.compile(f"{re.escape(begin)}.*?{re.escape(end)}", re.DOTALL)
    old = page.read_text(encoding="utf-8")
    if not between.search(old):
        raise ValueError(f"{page} has no {begin} … {end}")
    new = f"{begin}\n\n{text}\n\n{end}"
    page.write_text(between.sub(lambda _: new, old), encoding="utf-8")
