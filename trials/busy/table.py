"""What the busy trials showed, as rows and as a table."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from trials.busy.trial import Row
from trials.verdict.page import Table

_COLUMNS = ("experiment", "truth", "verdict", "least left of its lock's 20 s", "took", "reason")


@dataclass(frozen=True, slots=True, kw_only=True)
class Campaign:
    command: str
    machine: Sequence[str]
    loops: int
    load_average: float
    """Of a minute, at the end: what waits for a core beside the loops counts as well."""
    up_seconds: float
    took_seconds: float
    rows: Sequence[Row]

    @property
    def is_kept(self) -> bool:
        return bool(self.rows) and not any(row.problems for row in self.rows)

    @property
    def sentence(self) -> str:
        sound = sum(not row.problems for row in self.rows)
        return (
            f"{sound} of {len(self.rows)} game days ended as promised beside {self.loops} busy"
            f" loops, at a load average of {self.load_average:.0f}; the stack came up in"
            f" {self.up_seconds:.0f} s, and all of it took {self.took_seconds / 60:.0f} min"
            f" (`{self.command}`)."
        )

    def table(self) -> Table:
        return Table(
            name="busy",
            columns=_COLUMNS,
            rows=[_cells(row) for row in self.rows],
            remark=self.sentence,
        )

    def write(self, path: Path) -> None:
        document: dict[str, Any] = {**asdict(self), "kept": self.is_kept}
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def _cells(row: Row) -> tuple[str, ...]:
    left = "–" if row.least_lease_seconds is None else f"{row.least_lease_seconds:.1f} s"
    wrong = f" **NOT WELL: {'; '.join(row.problems)}**" if row.problems else ""
    took = f"{row.seconds:.0f} s"
    return (row.experiment, row.truth, row.verdict, left, took, row.reason + wrong)
