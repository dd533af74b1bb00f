"""The three sources, game by game: how many requests each counted, and what sets them apart."""

from collections.abc import Iterable

from trials.verdict.page import Table
from trials.verdict.stand import Report

AVAILABILITY = "orders-availability"


def sources_table(ran: Iterable[tuple[str, Report]]) -> Table:
    """One row for each game, by its name."""
    rows = [
        (name, *_row(budget))
        for name, report in ran
        for budget in report["budgets"]
        if budget["objective"] == AVAILABILITY
    ]
    agree = sum(row[4] == "yes" for row in rows)
    return Table(
        name="sources",
        columns=(
            "game",
            "client",
            "replicas",
            "Prometheus",
            "reconciled",
            "unexplained",
            "explanation",
        ),
        rows=rows,
        remark=f"Bad of all requests, by each source; {agree} of {len(rows)} reconciled.",
    )


def _row(budget: Report) -> tuple[object, ...]:
    sources = budget["sources"]
    return (
        *(_counts(sources[name]) for name in ("client", "replicas", "prometheus")),
        {True: "yes", False: "no", None: "not known"}[sources["reconciled"]],
        sources["unexplained"],
        sources["explanation"],
    )


def _counts(counts: Report | None) -> str:
    return "–" if counts is None else f"{counts['bad']:,} of {counts['valid']:,}"
