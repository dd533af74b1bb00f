"""What is left of each objective's error budget, and how fast it goes."""

from tools.dashboards.panels import Board, Look, Panel, Query, Row, Unit


def _burn(window: str) -> Query:
    """Burn rate 1 uses up exactly the budget in exactly the period."""
    ratio = f"slo:bad_ratio:rate{window}"
    return Query(
        f"{ratio} / on (objective) (1 - slo:objective:ratio)", f"{{{{objective}}}} over {window}"
    )


_LEFT = Query("error_budget_remaining_percentage", "{{objective}}")

BUDGET = Board(
    uid="ironclad-budget",
    title="Ironclad Error Budget",
    about="Each objective's budget over its period of 30 days.",
    back="now-24h",
    rows=(
        Row(
            title="What is left",
            panels=(
                Panel(
                    title="Budget left",
                    queries=(_LEFT,),
                    unit=Unit.PERCENT,
                    look=Look.NUMBER,
                    limit=10,
                    about="Under 50 % game days are refused, under 10 % changes are.",
                ),
                Panel(
                    title="How much of the period has samples",
                    queries=(Query("error_budget_coverage_ratio", "{{objective}}"),),
                    unit=Unit.RATIO,
                    look=Look.NUMBER,
                    about="A budget that was watched for an hour is known for an hour.",
                ),
                Panel(
                    title="Days until it runs out",
                    queries=(
                        Query(
                            "error_budget_remaining_percentage"
                            " / (-deriv(error_budget_remaining_percentage[6h]) * 86400 > 0)"
                            " or error_budget_remaining_percentage * 0 + 365",
                            "{{objective}}",
                        ),
                    ),
                    look=Look.NUMBER,
                    about="At the pace of the last six hours; 365 where nothing is being spent.",
                ),
                Panel(
                    title="Budget left over 30 days",
                    queries=(_LEFT,),
                    unit=Unit.PERCENT,
                    back="30d",
                    width=24,
                ),
            ),
        ),
        Row(
            title="How fast it goes",
            panels=(
                Panel(
                    title="Burn rate, windows that page",
                    queries=(_burn("1h"), _burn("6h")),
                    limit=14.4,
                    width=12,
                    about="14.4 over an hour pages (SRE workbook, chapter 5).",
                ),
                Panel(
                    title="Burn rate, windows of a ticket",
                    queries=(_burn("1d"), _burn("3d")),
                    limit=3,
                    width=12,
                    about="3 over a day, or 1 over three days, is a ticket.",
                ),
                Panel(
                    title="Burn rate over 30 days",
                    queries=(_burn("1d"),),
                    back="30d",
                    width=12,
                ),
                Panel(
                    title="Bad requests of the last 30 days",
                    queries=(Query("slo:bad_events:sum30d", "{{objective}}"),),
                    width=12,
                ),
            ),
        ),
    ),
)
