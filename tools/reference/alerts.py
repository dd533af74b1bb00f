"""The page of alerts, from the rules as they are shipped."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from ironclad.settings import PROJECT
from tools.reference.markdown import code, table

SOURCE = "monitoring/rules/"

_ABOUT = """
`ironclad slo generate` writes the rules from the objectives in `monitoring/slos/`. Every alert has
a runbook. An alert fires after its condition holds for the time in *for*.
"""


def body() -> str:
    rows = dict(_row(rule) for rule in rules() if "alert" in rule)
    columns = ("alert", "severity", "fires when", "for", "runbook")
    return f"{_ABOUT}\n{table(columns, rows.values())}"


def rules() -> Iterator[dict[str, Any]]:
    """Give every rule of every shipped file, recording rules too."""
    for path in sorted((PROJECT / SOURCE).glob("*.yml")):
        for group in yaml.safe_load(path.read_text(encoding="utf-8"))["groups"]:
            yield from group["rules"]


def _row(rule: dict[str, Any]) -> tuple[tuple[str, str], tuple[str, ...]]:
    """Rules of two objectives that share a name and a summary share a row."""
    notes, runbook = rule["annotations"], Path(rule["annotations"]["runbook_url"])
    link = f"[{runbook.stem}](../runbooks/{runbook.name})"
    cells = (code(rule["alert"]), rule["labels"]["severity"], notes["summary"])
    return (rule["alert"], notes["summary"]), (*cells, rule.get("for", "0s"), link)
