"""Objectives and what is left of them. Formulas: SRE workbook, chapter 5; counts, never ratios."""

from dataclasses import dataclass
from datetime import timedelta

from ironclad.domain.slo.sli import Sli


@dataclass(frozen=True, slots=True, kw_only=True)
class Indicator:
    """The two counters behind an objective, as PromQL selectors without a range.

    `bad` is None where bad events are counted as `valid − good` (a latency histogram), then `good`
    is set; exactly one of the two.
    """

    valid: str
    bad: str | None = None
    good: str | None = None

    @property
    def selectors(self) -> dict[str, str]:
        """Give those that there are by what they count."""
        parts = {"valid": self.valid, "bad": self.bad, "good": self.good}
        return {part: selector for part, selector in parts.items() if selector is not None}


@dataclass(frozen=True, slots=True, kw_only=True)
class Objective:
    """A promise: `target` of all valid events are good over `period`.

    `declared_requests` is how many valid events a whole period brings in real life. A test stack
    measures far fewer, and would spend twenty months of budget by noon without it.
    """

    name: str
    target: float
    period: timedelta
    declared_requests: int
    indicator: Indicator
    latency_threshold: timedelta | None = None

    @property
    def sli(self) -> Sli:
        return Sli.AVAILABILITY if self.latency_threshold is None else Sli.LATENCY

    @property
    def counts_failures(self) -> bool:
        return self.sli.spec.counts_failures

    @property
    def error_budget(self) -> float:
        """The ratio of events that may be bad; rounded, since 1 − 0.999 is not 0.001 in binary."""
        return round(1 - self.target, 12)


@dataclass(frozen=True, slots=True)
class Counts:
    """Valid events and the bad ones among them."""

    valid: int
    bad: int

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(self.valid + other.valid, self.bad + other.bad)

    @property
    def bad_ratio(self) -> float | None:
        return self.bad / self.valid if self.valid else None


def budget_events(objective: Objective, measured_requests: int) -> float:
    """Count the bad events that a whole period allows: (1 − target) × max(declared, measured)."""
    return objective.error_budget * max(objective.declared_requests, measured_requests)


def spent_ratio(objective: Objective, bad: float, measured_requests: int) -> float:
    """Give the share of the period's whole budget that `bad` events use up."""
    return bad / budget_events(objective, measured_requests)
