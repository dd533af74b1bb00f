"""The rows as a person reads them."""

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from trials.bench.rows import Row

COLUMNS = ("what", "ours", "unit", "peer", "theirs", "ratio", "goal", "")


def cells(row: Row) -> tuple[str, ...]:
    met = {True: "met", False: "MISSED", None: ""}[row.is_met]
    goal = str(row.goal) if row.goal else ""
    figures = (figure(row.ours), row.unit, row.peer, figure(row.theirs), figure(row.ratio))
    return (row.name, *figures, goal, met)


def figure(value: float | None) -> str:
    """Three digits that count, whatever the size."""
    if value is None:
        return "–"
    if abs(value) >= 100:  # noqa: PLR2004
        return f"{value:,.0f}"
    return f"{value:.3g}"


def print_table(title: str, rows: Sequence[Row]) -> None:
    table = Table(title=title, title_justify="left")
    for column in COLUMNS:
        table.add_column(
            column, justify="right" if column in {"ours", "theirs", "ratio"} else "left"
        )
    for row in rows:
        table.add_row(*cells(row))
    Console(width=160).print(table)


def markdown_table(rows: Sequence[Row]) -> list[str]:
    lines = [COLUMNS, ("---", "--:", "---", "---", "--:", "--:", "---", "---")]
    return [f"| {' | '.join(line)} |" for line in [*lines, *map(cells, rows)]]
