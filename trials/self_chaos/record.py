"""How each case ended the last time, in `self_chaos.json`, and the table made of it."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from trials.harness import machine, pages
from trials.self_chaos.case import Place, Row
from trials.self_chaos.table import markdown

LATEST = Path(__file__).with_name("self_chaos.json")


def keep(
    rows: Sequence[Row],
    names: Sequence[str],
    command: str,
    *,
    path: Path = LATEST,
    page: Path | None = None,
) -> list[Row]:
    """Put them in place of their last ones; `names` are all that there are, in order."""
    known = {**read(path), **{row.name: row for row in rows}}
    found = [known[name] for name in names if name in known]
    lines = ",\n".join(json.dumps(asdict(row), ensure_ascii=False) for row in found)
    path.write_text(f"[\n{lines}\n]\n", encoding="utf-8")
    head = machine.lines(command)
    if absent := [name for name in names if name not in {row.name for row in found}]:
        head.append(f"- Not played yet: {'; '.join(absent)}")
    pages.put_into("self-chaos", markdown(found, head), page)
    return found


def read(path: Path = LATEST) -> dict[str, Row]:
    rows = json.loads(path.read_text(encoding="utf-8")) if path.exists() else []
    return {row["name"]: _row(row) for row in rows}


def _row(found: Mapping[str, Any]) -> Row:
    return Row(**{**found, "place": Place(found["place"])})
