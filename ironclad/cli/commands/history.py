"""Past game days: every run, and which experiments went stale."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ironclad import wiring
from ironclad.cli.options import JsonOption
from ironclad.cli.terminal.completion import experiments
from ironclad.cli.terminal.console import VERDICT_COLOURS, out, print_json
from ironclad.domain.history.trend import Trend
from ironclad.domain.text.wording import duration, percent

if TYPE_CHECKING:
    from rich.table import Table

ExperimentOption = Annotated[
    str,
    typer.Option(
        "--experiment",
        help="Only runs of this experiment; all if left out.",
        autocompletion=experiments,
    ),
]
_RECOVERED = {True: "yes", False: "no", None: "–"}


def history(experiment: ExperimentOption = "", json: JsonOption = False) -> None:  # noqa: FBT002
    """List past game days, newest first, and write their index page."""
    past = wiring.past()
    rows = [row for row in wiring.history() if experiment in {"", row["experiment"]}]
    if json:
        print_json({"runs": rows})
        return
    out.print(history_table(rows))
    for line in stale_lines([one for one in past.stale if experiment in {"", one.experiment}]):
        out.print(line, markup=False)
    if past.page:
        out.print(f"trends: {past.page}", markup=False)


def history_table(rows: Sequence[Mapping[str, Any]]) -> "Table":
    """A value that is not known is a dash, never a zero."""
    from rich.table import Table  # seldom, slow

    table = Table(box=None, pad_edge=False)
    cells = [_cells(row) for row in rows]
    for index, name in enumerate(_COLUMNS):
        longest = max(len(name), *(len(line[index]) for line in cells), 1)
        table.add_column(name, no_wrap=True, min_width=longest)
    for line in cells:
        table.add_row(*map(_coloured, line))
    return table


_COLUMNS = ("run", "status", "verdict", "spent", "alerted", "recovered", "within", "proven after")


def _cells(row: Mapping[str, Any]) -> tuple[str, ...]:
    spent = row.get("spent_ratio")
    return (
        str(row["id"]) or str(row["experiment"]),
        str(row["status"]),
        str(row["verdict"] or "–"),
        "–" if spent is None else percent(spent),
        _after(row.get("detection_seconds")),
        _RECOVERED[row.get("recovered")],
        _after(row.get("time_to_recover_seconds")),
        _after(row.get("recovery_seconds")),
    )


def _coloured(cell: str) -> str:
    colour = VERDICT_COLOURS.get(cell)
    return f"[{colour}]{cell}[/{colour}]" if colour else cell


def _after(seconds: float | None) -> str:
    return "–" if seconds is None else duration(seconds)


def stale_lines(trends: Sequence[Trend]) -> Iterator[str]:
    """One line for each that is old, and one for all that never ran to an end."""
    for trend in trends:
        if trend.last is not None:
            where, day = f"{trend.platform}/{trend.stack}", f"{trend.last.started_at:%Y-%m-%d}"
            yield f"stale: {trend.experiment} last ran on {where} on {day}"
    if never := sorted({trend.experiment for trend in trends if trend.last is None}):
        yield f"never run to an end: {', '.join(never)}"
