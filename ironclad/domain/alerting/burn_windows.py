"""When a budget burns too fast: the table of the SRE workbook, chapter 5, "Alerting on SLOs".

Its three rows, and the threefold one that Sloth and others add. For a period of 30 days.
"""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum


class Severity(StrEnum):
    CRITICAL = "critical"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class BurnRow:
    """Alert when both windows burn `factor` times faster than the budget allows."""

    name: str
    factor: float
    long: timedelta
    short: timedelta
    severity: Severity

    def budget_share(self, period: timedelta) -> float:
        """Give the share of the budget that is gone when the long window is full of such burn."""
        return self.factor * (self.long / period)


BURN_ROWS = (
    BurnRow("BudgetBurnFast", 14.4, timedelta(hours=1), timedelta(minutes=5), Severity.CRITICAL),
    BurnRow("BudgetBurnSteady", 6.0, timedelta(hours=6), timedelta(minutes=30), Severity.CRITICAL),
    BurnRow("BudgetBurnSlow", 3.0, timedelta(days=1), timedelta(hours=2), Severity.WARNING),
    BurnRow("BudgetBurnCreeping", 1.0, timedelta(days=3), timedelta(hours=6), Severity.WARNING),
)

FEWEST_BAD_EVENTS = 10
"""In the long window. With fewer, one unlucky request at night would page somebody."""
