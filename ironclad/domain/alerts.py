"""What was expected of an alert, what was seen, and what that makes it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

PAGING = "critical"


class AlertOutcome(StrEnum):
    ON_TIME = "on_time"
    EARLY = "early"
    LATE = "late"
    MISSED = "missed"
    NOISY = "noisy"
    SILENT = "silent"
    ALREADY_FIRING = "already_firing"
    NOT_APPLICABLE = "not_applicable"


class Wanted(StrEnum):
    MUST = "must"
    MUST_NOT = "must_not"


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertSighting:
    """What Prometheus and the delivery recorder saw of one alert during a run.

    `known` is False when Prometheus has no such rule: nothing that it did not do counts then.
    `severity` and `runbook` are what the rule says; empty if it was not read.
    """

    name: str
    known: bool
    firing_at_baseline: bool
    pending_at: datetime | None = None
    firing_at: datetime | None = None
    delivered_at: datetime | None = None
    resolved_at: datetime | None = None
    severity: str = ""
    runbook: str = ""

    @property
    def would_page(self) -> bool:
        """A critical alert that fires gets somebody up; others are a ticket."""
        return self.severity == PAGING and self.firing_at is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One alert as Alertmanager handed it to the delivery recorder."""

    name: str
    status: str
    received_at: datetime
    starts_at: datetime
    ends_at: datetime | None
    fingerprint: str
