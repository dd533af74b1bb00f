"""What the service is there for: orders, what they are worth, and those that came twice."""

from tools.dashboards.panels import Board, Look, Panel, Query, Row, Unit

BUSINESS = Board(
    uid="ironclad-business",
    title="Ironclad Business",
    about="Orders as the business counts them; a game day's own orders are among them.",
    rows=(
        Row(
            title="Orders",
            panels=(
                Panel(
                    title="Orders per minute",
                    queries=(Query("60 * sum(rate(orders_created_total[5m]))", "orders"),),
                    unit=Unit.EVENTS_A_MINUTE,
                    width=12,
                ),
                Panel(
                    title="Value per minute",
                    queries=(Query("0.6 * sum(rate(order_value_cents_total[5m]))", "whole units"),),
                    width=12,
                    about="In whole units of the currency, a hundred cents each.",
                ),
                Panel(
                    title="Repeats per minute",
                    queries=(Query("60 * sum(rate(orders_repeated_total[5m]))", "repeats"),),
                    unit=Unit.EVENTS_A_MINUTE,
                    width=12,
                    about="The same idempotency key once more: clients that had no answer.",
                ),
                Panel(
                    title="Orders today",
                    queries=(Query("sum(increase(orders_created_total[1d]))", "orders"),),
                    look=Look.NUMBER,
                    width=12,
                ),
            ),
        ),
    ),
)
