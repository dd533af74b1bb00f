"""Past runs, as their folders tell of them; and their reports made anew from the evidence."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ironclad.adapters._bundle import BUNDLE, read_bundle
from ironclad.adapters._evidence_files import read_evidence
from ironclad.adapters._report_files import EVIDENCE, LATEST, write_rendered
from ironclad.domain.evidence import Evidence
from ironclad.domain.outcome import Outcome
from ironclad.report.rendering import JSON

DAMAGED = "DAMAGED"
_ROW = ("experiment", "started_at", "verdict", "spent_ratio", "recovered")


def evidence_of(folder: Path) -> Evidence:
    """Read what a run saw from its folder. Raises StateError that names the damage."""
    if (folder / BUNDLE).is_file():
        return read_bundle(folder / BUNDLE)[0]
    return read_evidence(folder / EVIDENCE)


def render_again(folder: Path) -> Outcome:
    """Judge a run anew and write its report, offline. Raises StateError."""
    return write_rendered(folder, evidence_of(folder))


def history(reports: Path) -> list[dict[str, Any]]:
    """List past runs, newest first; one whose report cannot be read is named as DAMAGED.

    A run without any report yet is under way, and is left out.
    """
    folders = reports.iterdir() if reports.is_dir() else ()
    runs = [path for path in folders if path.is_dir() and path.name != LATEST]
    ended = [path for path in runs if any(path.glob("report.*"))]
    return [_row(path) for path in sorted(ended, key=lambda path: path.name, reverse=True)]


def _row(folder: Path) -> dict[str, Any]:
    try:
        return _read_row(json.loads((folder / JSON).read_bytes()), folder)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        reason = f"{folder / JSON} cannot be read: {error}"
        return {"id": folder.name, "status": DAMAGED, **dict.fromkeys(_ROW), "reason": reason}


def _read_row(report: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    allowed = [budget for budget in report["budgets"] if budget["allowed_ratio"] is not None]
    priced = (allowed or report["budgets"])[:1]
    return {
        "id": folder.name,
        "experiment": report["experiment"],
        "started_at": report["started_at"],
        "status": report["status"],
        "verdict": report["verdict"],
        "spent_ratio": priced[0]["spent_ratio"] if priced else None,
        "recovered": report["recovery"]["proven"],
        "reason": report["reason"],
    }
