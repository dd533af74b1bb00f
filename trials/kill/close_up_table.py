"""Two versions side by side: a line for each promise, in seconds."""

from collections.abc import Mapping, Sequence
from typing import Any

from trials.kill.table import percentile

_PLATFORM = {"replica-pause", "database-partition", "postgres-down"}
_Row = Mapping[str, Any]

_LINES: tuple[tuple[str, str, set[str], str, float], ...] = (
    ("runner killed: the backend's faults are off", "killed", {"error"}, "fault", 0.5),
    ("runner killed: `replica-pause` is taken back", "killed", {"replica-pause"}, "platform", 1.5),
    (
        "runner killed: `database-partition` is taken back",
        "killed",
        {"database-partition"},
        "platform",
        1.5,
    ),
    ("runner killed: `postgres-down` is taken back", "killed", {"postgres-down"}, "platform", 1.5),
    ("… and every replica is ready again", "killed", {"postgres-down"}, "ready", 0.0),
    ("runner killed: lock and ledger are free", "killed", {"error", *_PLATFORM}, "released", 2.0),
    ("runner stopped: the backend's faults are off", "stopped", {"error"}, "fault", 10.0),
)


def table(before: Sequence[_Row], now: Sequence[_Row]) -> str:
    head = (
        "| | n before | median | p99 | max | n now | median | p99 | max | goal |\n"
        "|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|"
    )
    return "\n".join([head, *(_line(line, before, now) for line in _LINES)])


def _line(
    line: tuple[str, str, set[str], str, float], before: Sequence[_Row], now: Sequence[_Row]
) -> str:
    title, way, kinds, concern, goal = line
    cells = [title]
    for rows in (before, now):
        values = [row[concern] for row in rows if row["way"] == way and row["kind"] in kinds]
        cells += _cells(values)
    return f"| {' | '.join([*cells, f'{goal:g}' if goal else '–'])} |"


def _cells(values: Sequence[float]) -> list[str]:
    if not values:
        return ["0", "–", "–", "–"]
    figures = (percentile(values, 50), percentile(values, 99), max(values))
    return [str(len(values)), *(f"{each:.2f}" for each in figures)]
