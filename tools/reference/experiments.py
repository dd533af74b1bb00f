"""The page of the experiments that ship, from their files."""

from pathlib import Path
from typing import Any

import yaml

from ironclad.settings import PROJECT
from tools.reference.markdown import code, table

SOURCE = "game_days/"

_ABOUT = """
Run one with `ironclad game-day run NAME`. Look before with `ironclad game-day plan NAME`.
[The first game day](../start/first-game-day.md) names a good order.
"""


def body() -> str:
    rows = [_row(path) for path in sorted((PROJECT / SOURCE).glob("*.yaml"))]
    return f"{_ABOUT}\n{table(('experiment', 'hypothesis', 'breaks', 'cost at most'), rows)}"


def _row(path: Path) -> tuple[str, ...]:
    document = yaml.safe_load(path.read_text(encoding="utf-8"))
    kinds = dict.fromkeys(fault["kind"] for fault in document["faults"])
    links = ", ".join(f"[`{kind}`](faults.md#{kind})" for kind in kinds)
    return code(path.stem), document["hypothesis"], links, _cost(document.get("expect", {}))


def _cost(expect: dict[str, Any]) -> str:
    cost = expect.get("cost")
    return f"{cost['at_most_ratio'] * 100:g} % of {code(cost['objective'])}" if cost else "–"
