"""Game days that never began, and why: a line each, since they have no report."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ironclad.adapters.files.atomic import explained, make_folder
from ironclad.domain.evidence.outcome import Outcome

FILE = "not-run.jsonl"
_KEYS = ("experiment", "status", "reason", "started_at", "verdict", "spent_ratio", "recovered")


class NotRun:
    """Beside the reports; a line that was torn is passed over."""

    def __init__(self, reports: Path) -> None:
        self._file = reports.absolute() / FILE

    def remember(self, outcome: Outcome) -> None:
        now = datetime.now(UTC)
        row = {
            "id": f"{now:%Y%m%dT%H%M%SZ}-{outcome.experiment}",
            "experiment": outcome.experiment,
            "started_at": f"{now:%Y-%m-%dT%H:%M:%SZ}",
            "status": outcome.status,
            "reason": outcome.reason,
        }
        make_folder(self._file.parent, 0o755)
        with explained("write to", self._file), self._file.open("a", encoding="utf-8") as file:
            file.write(json.dumps(row) + "\n")

    def rows(self) -> list[dict[str, Any]]:
        """Newest last."""
        if not self._file.exists():
            return []
        with explained("read", self._file):
            lines = self._file.read_text(encoding="utf-8").splitlines()
        return [{**dict.fromkeys(_KEYS), **row} for row in map(_read, lines) if row]


def _read(line: str) -> dict[str, Any]:
    try:
        row = json.loads(line)
    except ValueError:
        return {}
    return row if isinstance(row, dict) and "id" in row else {}
