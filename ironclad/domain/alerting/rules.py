"""Prometheus rules as values, and the tempo at which they run."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from ironclad.domain.text.durations import format_duration

SCRAPES_IN_A_WINDOW = 4
OWN_FILE = "ironclad"
"""The rule file of the alerts that belong to no objective; no objective can have its name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A recording rule where `record` is set, else an alert."""

    expr: str
    record: str = ""
    alert: str = ""
    wait: timedelta = timedelta()
    labels: Mapping[str, str] = field(default_factory=dict)
    annotations: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    name: str
    interval: timedelta
    rules: tuple[Rule, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tempo:
    """How fast everything goes. Compressed by 60, an hour's window takes a minute, for trials."""

    compress: int = 1
    scrape_interval: timedelta = timedelta(seconds=15)

    def short(self, duration: timedelta) -> timedelta:
        """Divide a wait or an interval, but not below a second."""
        return max(duration / self.compress, min(duration, timedelta(seconds=1)))

    def window(self, duration: timedelta) -> timedelta:
        """Divide a window, but not below four scrapes: a lost one must not empty it."""
        return max(duration / self.compress, SCRAPES_IN_A_WINDOW * self.scrape_interval)

    @property
    def step(self) -> timedelta:
        """How often events are recorded."""
        return self.short(timedelta(seconds=15))


REAL_TIME = Tempo()


def text(duration: timedelta) -> str:
    return format_duration(duration)


def number(value: float) -> str:
    """Write a number without binary noise: 14.4 × 0.001 is 0.014400000000000001."""
    return f"{value:.12g}"


def group_to_dict(group: Group) -> dict[str, object]:
    """Give the group as Prometheus reads it."""
    rules = [_rule_to_dict(rule) for rule in group.rules]
    return {"name": group.name, "interval": text(group.interval), "rules": rules}


def _rule_to_dict(rule: Rule) -> dict[str, object]:
    """Leave out what is empty, as a person would."""
    written: dict[str, object] = {
        "record": rule.record,
        "alert": rule.alert,
        "expr": rule.expr,
        "for": text(rule.wait) if rule.wait else "",
        "labels": dict(rule.labels),
        "annotations": dict(rule.annotations),
    }
    return {key: value for key, value in written.items() if value}
