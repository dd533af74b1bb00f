"""The distribution as a Markdown table: one line for each way of ending."""

import statistics
from collections.abc import Iterable, Sequence
from itertools import groupby

from trials.kill.rows import Row

_HEAD = (
    "| ended by | n | median | p95 | p99 | max | goal | kept | all released, median | max |"
    " left over |\n|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|"
)


def table(rows: Sequence[Row]) -> str:
    """Group by way and goal; times in seconds from the end."""
    ordered = sorted(rows, key=_group)
    groups = [(name, list(found)) for name, found in groupby(ordered, key=_group)]
    return "\n".join([_HEAD, *(_line(name, found) for name, found in groups), *_sums(rows)])


def percentile(values: Sequence[float], percent: int) -> float:
    """Interpolate as spreadsheets do (the inclusive method, Hyndman and Fan's type 7)."""
    if len(values) == 1:
        return values[0]
    return statistics.quantiles(values, n=100, method="inclusive")[percent - 1]


def _group(row: Row) -> tuple[float, str]:
    return row.goal_seconds, row.way


def _sums(rows: Sequence[Row]) -> Iterable[str]:
    """The promises are about all ends of a kind together."""
    for goal in sorted({row.goal_seconds for row in rows}):
        yield _line((goal, f"**all with {goal:g} s**"), [r for r in rows if r.goal_seconds == goal])


def _line(group: tuple[float, str], rows: Sequence[Row]) -> str:
    goal, name = group
    seconds = _known(row.seconds for row in rows)
    released = _known(row.released_seconds for row in rows)
    cells = (
        name,
        str(len(rows)),
        *(_cell(seconds, percent) for percent in (50, 95, 99)),
        _most(seconds),
        f"{goal:g}",
        f"{sum(row.is_kept for row in rows)} of {len(rows)}",
        _cell(released, 50),
        _most(released),
        str(sum(len(row.leftovers) for row in rows)),
    )
    return f"| {' | '.join(cells)} |"


def _known(values: Iterable[float | None]) -> list[float]:
    return [value for value in values if value is not None]


def _cell(values: Sequence[float], percent: int) -> str:
    return f"{percentile(values, percent):.1f}" if values else "–"


def _most(values: Sequence[float]) -> str:
    return f"{max(values):.1f}" if values else "–"
