"""The closed form that forecasts are held to: when a burn alert should fire.

It knows the traffic that is really in its window.

Clean traffic from before dilutes the errors. An alert waits for minutes on an hour's window that is
full of it, and fires at once on an empty one. All times in seconds from the moment when the errors
began; the delays of scraping, evaluation and delivery come on top.
"""

from dataclasses import dataclass

from ironclad.domain.alerting.burn_windows import FEWEST_BAD_EVENTS, BurnRow
from ironclad.domain.slo.slo import Objective


@dataclass(frozen=True, slots=True, kw_only=True)
class Traffic:
    """What is in the window when the errors begin, and what comes then; requests per second."""

    rate_before: float
    clean_seconds: float
    rate_during: float
    bad_ratio: float


def crossing_seconds(threshold: float, window_seconds: float, traffic: Traffic) -> float | None:
    """Give when the window's ratio of bad requests reaches the threshold; None if never.

    B are clean seconds at rate r before, e the errors at rate g. The ratio after t seconds is e·g·t
    ÷ (g·t + r·min(B, L − t)): the oldest leaves the window first.
    """
    excess = traffic.rate_during * (traffic.bad_ratio - threshold)
    if excess <= 0:
        return None
    clean = min(traffic.clean_seconds, window_seconds)
    while_filling = threshold * traffic.rate_before * clean / excess
    if while_filling <= window_seconds - clean:
        return while_filling
    return (threshold * traffic.rate_before * window_seconds) / (
        excess + threshold * traffic.rate_before
    )


def burn_alert_seconds(
    row: BurnRow, objective: Objective, traffic: Traffic, *, compress: int = 1
) -> float | None:
    """Give when both windows have crossed and enough bad requests were seen; None if never."""
    threshold = row.factor * objective.error_budget
    crossings = [
        crossing_seconds(threshold, window.total_seconds() / compress, traffic)
        for window in (row.long, row.short)
    ]
    enough = _enough_seconds(traffic)
    known = [one for one in (*crossings, enough) if one is not None]
    return max(known) if len(known) == len(crossings) + 1 else None


def _enough_seconds(traffic: Traffic) -> float | None:
    bad_rate = traffic.rate_during * traffic.bad_ratio
    return FEWEST_BAD_EVENTS / bad_rate if bad_rate else None
