"""Two versions side by side, from the rows that each has written.

`python -m trials.kill.beside BEFORE.json NOW.json` puts the table of two close-ups, or of two runs
of the kill trials, into `docs/results/kill-trials.md`.
"""

import json
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from trials.harness.pages import put_into
from trials.kill.table import percentile

Row = Mapping[str, Any]
_PAGE = Path("docs/results/kill-trials.md")
_HEAD = (
    "| | n before | median | p99 | max | n now | median | p99 | max | goal |\n"
    "|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|"
)


@dataclass(frozen=True, slots=True)
class Line:
    """One promise: which rows it is about, which of their figures, and what it may be."""

    title: str
    fits: Callable[[Row], bool]
    seconds: str
    goal: str


def _killed(*kinds: str) -> Callable[[Row], bool]:
    return lambda row: row["way"] == "killed" and (not kinds or row["kind"] in kinds)


CLOSE_UP = (
    Line("runner killed: faults in the backend are off", _killed("error"), "fault", "0.5"),
    *(
        Line(f"runner killed: `{kind}` is taken back", _killed(kind), "platform", "1.5")
        for kind in ("replica-pause", "database-partition", "postgres-down")
    ),
    Line("… and every replica is ready again", _killed("postgres-down"), "ready", "–"),
    Line("runner killed: lock and ledger are free", _killed(), "released", "2"),
    Line(
        "runner stopped: faults in the backend are off",
        lambda row: row["way"] == "stopped",
        "fault",
        "10",
    ),
)

_KILLS = {"kill-flow", "kill-janitor-then-flow", "kill-flow-and-janitor"}


def _by(*ways: str) -> Callable[[Row], bool]:
    return lambda row: row["way"] in ways and not row["problem"]


TRIALS = (
    Line("flow killed: no replica carries a fault", _by(*_KILLS), "fault_seconds", "0.5"),
    Line("flow killed: the load is gone", _by(*_KILLS), "load_seconds", "2"),
    Line("flow killed: the lock is free", _by(*_KILLS), "lock_seconds", "2"),
    Line("flow killed: the ledger is empty", _by(*_KILLS), "ledger_seconds", "2"),
    Line("machine vanished: no replica carries a fault", _by("vanish"), "fault_seconds", "10"),
    Line("runner stopped: no replica carries a fault", _by("suspend"), "fault_seconds", "10"),
)


def table(lines: Sequence[Line], before: Sequence[Row], now: Sequence[Row]) -> str:
    return "\n".join([_HEAD, *(_line(line, before, now) for line in lines)])


def _line(line: Line, before: Sequence[Row], now: Sequence[Row]) -> str:
    cells = [line.title]
    for rows in (before, now):
        found = [row[line.seconds] for row in rows if line.fits(row)]
        cells += _cells([value for value in found if value is not None])
    return f"| {' | '.join([*cells, line.goal])} |"


def _cells(values: Sequence[float]) -> list[str]:
    if not values:
        return ["0", "–", "–", "–"]
    figures = (percentile(values, 50), percentile(values, 99), max(values))
    return [str(len(values)), *(f"{each:.2f}" for each in figures)]


def main() -> None:
    before, now = (json.loads(Path(path).read_text()) for path in sys.argv[1:])
    if isinstance(now, list):
        put_into("close-up", table(CLOSE_UP, before, now), _PAGE)
    else:
        put_into("beside", table(TRIALS, before["rows"], now["rows"]), _PAGE)


if __name__ == "__main__":
    main()
