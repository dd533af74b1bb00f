"""The rules as Prometheus runs them, whatever their tempo, read back into what they ask.

Only the alerts that Ironclad ships are understood; of any other nothing is predicted.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from ironclad.domain.alerting.burn_windows import BURN_ROWS
from ironclad.domain.slo.sli import Sli
from ironclad.domain.text.durations import parse_duration

_WINDOW = re.compile(r"\[(\w+)[\]:]")
_OBJECTIVE = re.compile(r'objective="([^"]+)"')
_LIMIT = re.compile(r"[<>] ([0-9.]+)$")
_RATIO = re.compile(r"(slo:bad_ratio:rate\w+)\{[^}]*\} > ([0-9.e+-]+)")
_FEWEST = re.compile(r">= ([0-9.]+)$")


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveRule:
    """One rule as Prometheus has loaded it; `interval_seconds` is its group's."""

    name: str
    expr: str
    interval_seconds: float
    is_alert: bool
    wait_seconds: float = 0.0
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class RatioOver:
    """In every window (seconds, limit) more than the limit is bad, and `fewest` in the longest.

    `objective` is empty for whichever one is of the kind `sli`.
    """

    windows: tuple[tuple[float, float], ...]
    objective: str = ""
    sli: Sli = Sli.AVAILABILITY
    fewest: float = 0.0


@dataclass(frozen=True, slots=True)
class BudgetUnder:
    percent: float


@dataclass(frozen=True, slots=True)
class TargetDown:
    """A replica's metrics page does not answer."""


Condition = RatioOver | BudgetUnder | TargetDown


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchedAlert:
    """`evaluations_seconds` adds up each rule's interval between a sample and the alert."""

    name: str
    condition: Condition
    wait_seconds: float
    interval_seconds: float
    evaluations_seconds: float


def watched(rules: Sequence[LiveRule]) -> tuple[WatchedAlert, ...]:
    found = (_watched(rule, rules) for rule in rules if rule.is_alert)
    return tuple(one for one in found if one is not None)


def _watched(rule: LiveRule, rules: Sequence[LiveRule]) -> WatchedAlert | None:
    condition = _condition(rule, rules)
    if condition is None:
        return None
    reads_records = not isinstance(condition, TargetDown) and "slo:" in rule.expr
    return WatchedAlert(
        name=rule.name,
        condition=condition,
        wait_seconds=rule.wait_seconds,
        interval_seconds=rule.interval_seconds,
        evaluations_seconds=rule.interval_seconds * (2 if reads_records else 1),
    )


def _condition(rule: LiveRule, rules: Iterable[LiveRule]) -> Condition | None:
    if rule.name in {row.name for row in BURN_ROWS}:
        return _burn(rule, rules)
    if rule.name == "BackendDown":
        return TargetDown()
    limit = _LIMIT.search(rule.expr)
    return _limited(rule, float(limit[1])) if limit else None


def _limited(rule: LiveRule, limit: float) -> Condition | None:
    if rule.name in {"ErrorBudgetBurnRate", "ErrorBudgetExhausting"}:
        return BudgetUnder(limit)
    window = _window(rule.expr)
    if rule.name == "HighErrorRate" and window:
        return RatioOver(windows=((window, limit),))
    if rule.name == "HighLatency" and window:
        return RatioOver(windows=((window, _beyond_quantile(rule.expr)),), sli=Sli.LATENCY)
    return None


def _burn(rule: LiveRule, rules: Iterable[LiveRule]) -> RatioOver | None:
    """The records' names tell windows in real time; what they really are, their own text tells."""
    objective, fewest = _OBJECTIVE.search(rule.expr), _FEWEST.search(rule.expr)
    if objective is None:
        return None
    lengths = {
        one.name: _window(one.expr) for one in rules if one.labels.get("objective") == objective[1]
    }
    parts = _RATIO.findall(rule.expr)
    windows = tuple((lengths.get(name, 0.0), float(limit)) for name, limit in parts)
    if not windows or not all(length for length, _ in windows):
        return None
    return RatioOver(
        windows=windows, objective=objective[1], fewest=float(fewest[1]) if fewest else 0.0
    )


def _window(expr: str) -> float:
    found = _WINDOW.search(expr)
    try:
        return parse_duration(found[1]).total_seconds() if found else 0.0
    except ValueError:
        return 0.0


def _beyond_quantile(expr: str) -> float:
    """A 95th percentile lies beyond a bucket's boundary when 5 % of the answers do."""
    quantile = re.search(r"histogram_quantile\(([0-9.]+),", expr)
    return round(1 - float(quantile[1]), 9) if quantile else 0.0
