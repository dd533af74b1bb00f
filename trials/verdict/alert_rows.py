"""Alerts that had to fire: how much later than predicted they fired and were delivered."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from trials.verdict.stand import Report

COLUMNS = ("alert", "outcome", "firing − predicted", "delivered − predicted", "in time")


def alert_rows(report: Report, allowed_seconds: float) -> Iterator[tuple[object, ...]]:
    """One row for each; in time is delivered within 0 to so many seconds after the prediction."""
    for alert in report["alerts"]:
        if alert["expected"] == "must":
            firing, delivered = (_after(alert, moment) for moment in ("firing_at", "delivered_at"))
            in_time = delivered is not None and 0 <= delivered <= allowed_seconds
            times = (_seconds(firing), _seconds(delivered), "yes" if in_time else "no")
            yield (alert["name"], alert["outcome"], *times)


def _after(alert: dict[str, Any], moment: str) -> float | None:
    if alert["predicted_at"] is None or alert[moment] is None:
        return None
    times = [datetime.fromisoformat(alert[key]) for key in (moment, "predicted_at")]
    return (times[0] - times[1]).total_seconds()


def _seconds(value: float | None) -> str:
    return "–" if value is None else f"{value:+.1f} s"
