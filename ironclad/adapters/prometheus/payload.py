"""What Prometheus answers, as our values. Raises ValueError, KeyError or TypeError for the rest."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from ironclad.domain.alerting.live_rules import LiveRule
from ironclad.domain.evidence.counters import Sample, Series
from ironclad.domain.text.durations import parse_duration

Labels = tuple[tuple[str, str], ...]


def series_between(result: Sequence[Mapping[str, Any]], start: float, end: float) -> list[Series]:
    """Read a matrix, keeping the samples in (start, end]; series without any are left out."""
    found = [_series(raw, start, end) for raw in result]
    return [series for series in found if series.samples]


def _series(raw: Mapping[str, Any], start: float, end: float) -> Series:
    samples = (Sample(float(at), _finite(value)) for at, value in raw["values"])
    return Series(_labels(raw["metric"]), tuple(s for s in samples if start < s.at <= end))


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(f"a sample that is {text}")
    return value


def _labels(metric: Mapping[str, str]) -> Labels:
    return tuple(sorted((str(name), str(value)) for name, value in metric.items()))


def vector(result: Sequence[Any]) -> list[tuple[dict[str, str], float]]:
    """Read an instant vector, or a scalar, which has no labels."""
    if result and not isinstance(result[0], dict):
        return [({}, float(result[1]))]
    return [(dict(entry["metric"]), float(entry["value"][1])) for entry in result]


@dataclass(frozen=True, slots=True)
class AlertRule:
    """What a rule says of its alert; of several with one name the longest interval counts."""

    interval_seconds: float
    severity: str = ""
    runbook: str = ""


def alert_rules(groups: Iterable[Mapping[str, Any]]) -> dict[str, AlertRule]:
    """Give each alert's rule, by its name."""
    found: dict[str, AlertRule] = {}
    for group in groups:
        for rule in group["rules"]:
            if rule["type"] != "alerting":
                continue
            name, interval = str(rule["name"]), float(group["interval"])
            before = found.get(name, AlertRule(0.0))
            found[name] = AlertRule(
                max(interval, before.interval_seconds),
                str(rule.get("labels", {}).get("severity", before.severity)),
                str(rule.get("annotations", {}).get("runbook_url", before.runbook)),
            )
    return found


def live_rules(groups: Iterable[Mapping[str, Any]]) -> tuple[LiveRule, ...]:
    return tuple(
        LiveRule(
            name=str(rule["name"]),
            expr=str(rule["query"]),
            interval_seconds=float(group["interval"]),
            is_alert=rule["type"] == "alerting",
            wait_seconds=float(rule.get("duration", 0)),
            labels={str(name): str(value) for name, value in rule.get("labels", {}).items()},
        )
        for group in groups
        for rule in group["rules"]
    )


def scrape_intervals(targets: Iterable[Mapping[str, Any]], job: str) -> list[timedelta]:
    """Give the interval of each target of a job."""
    found = (target for target in targets if target["labels"].get("job") == job)
    return [parse_duration(target["scrapeInterval"]) for target in found]
