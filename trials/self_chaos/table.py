"""The cases as a person reads them."""

from collections.abc import Sequence

from trials.self_chaos.case import Row

HEAD = ("case", "where", "ended", "fault-free after")


def line_of(row: Row) -> str:
    if row.problem:
        return f"NOT WELL  {row.name}: {row.problem}"
    return f"well      {row.name}: {row.outcome} {_seconds(row)}".rstrip()


def markdown(rows: Sequence[Row], head: Sequence[str]) -> str:
    well = sum(row.is_well for row in rows)
    sum_ = f"{well} of {len(rows)} cases ended clearly and left nothing behind."
    lines = [HEAD, ("---",) * len(HEAD), *(_cells(row) for row in rows)]
    table = [f"| {' | '.join(line)} |" for line in lines]
    return "\n".join([*head, "", sum_, "", *table])


def _cells(row: Row) -> tuple[str, ...]:
    ended = f"**NOT WELL**: {row.problem}" if row.problem else row.outcome
    return row.name, str(row.place), ended.replace("|", "\\|"), _seconds(row) or "–"


def _seconds(row: Row) -> str:
    return "" if row.fault_free_seconds is None else f"{row.fault_free_seconds:.1f} s"
