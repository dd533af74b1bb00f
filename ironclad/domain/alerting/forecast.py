"""Which alerts a game day should fire, and when: its own traffic played through the live rules.

The windows begin with what Prometheus has recorded. So an idle stack pages as early, and a busy one
as late, as in reality. Times are seconds from the load's start. A window of W holds samples of W
less one scrape at least, so that is taken: never too late.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from ironclad.domain.alerting.flow import Flow
from ironclad.domain.alerting.live_rules import (
    BudgetUnder,
    Condition,
    RatioOver,
    TargetDown,
    WatchedAlert,
)
from ironclad.domain.slo.slo import Objective, budget_events

STEP_SECONDS = 0.1
MOST_STEPS = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertForecast:
    """`after_seconds` count from the first fault's beginning to firing, `for` included.

    None when it will not fire in the planned time. It is on time up to `tolerance_seconds` later:
    one scrape, and each evaluation on the way. `is_sure` is False where a fault's cost is only
    bounded: then it may fire, but need not. `already` tells that the traffic before the first fault
    makes it fire: then its firing shows nothing.
    """

    name: str
    after_seconds: float | None
    tolerance_seconds: float
    is_sure: bool = True
    already: bool = False

    @property
    def sentence(self) -> str:
        """Write `HighErrorRate fires 42 to 52 s after the fault`, for a person."""
        if self.after_seconds is None:
            return f"{self.name} does not fire"
        if self.already:
            return f"{self.name} fires already, or will before the fault"
        may, latest = "fires" if self.is_sure else "may fire", self._latest
        return f"{self.name} {may} {self.after_seconds:.0f} to {latest:.0f} s after the fault"

    @property
    def _latest(self) -> float:
        return (self.after_seconds or 0.0) + self.tolerance_seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """What is known of the game day to come. `down` are times when a replica does not answer."""

    objectives: Sequence[Objective]
    flows: Mapping[str, Flow]
    remaining_percent: Mapping[str, float | None]
    down: Sequence[tuple[float, float]]
    begin: float
    first_fault: float
    end: float
    scrape_interval: timedelta
    is_sure: bool = True


def forecasts(alerts: Sequence[WatchedAlert], outlook: Outlook) -> tuple[AlertForecast, ...]:
    """Give one for each alert's name; of several rules of one name the earliest counts."""
    found: dict[str, AlertForecast] = {}
    for alert in alerts:
        if not _is_judged(alert.condition, outlook):
            continue
        forecast, before = _forecast(alert, outlook), found.get(alert.name)
        if before is None or _time(forecast) < _time(before):
            found[alert.name] = forecast
    return tuple(found.values())


def _time(forecast: AlertForecast) -> float:
    return math.inf if forecast.after_seconds is None else forecast.after_seconds


def _is_judged(condition: Condition, outlook: Outlook) -> bool:
    if isinstance(condition, RatioOver):
        return _objective(condition, outlook) is not None
    return True


def _objective(condition: RatioOver, outlook: Outlook) -> Objective | None:
    for objective in outlook.objectives:
        if objective.name not in outlook.flows:
            continue
        fits = objective.sli is condition.sli
        if objective.name == condition.objective or (not condition.objective and fits):
            return objective
    return None


def _forecast(alert: WatchedAlert, outlook: Outlook) -> AlertForecast:
    fires, coarse = _fires_at(alert, outlook), _step(outlook) - STEP_SECONDS
    scrape = outlook.scrape_interval.total_seconds()
    after = None if fires is None else max(0.0, fires - coarse - outlook.first_fault)
    return AlertForecast(
        name=alert.name,
        after_seconds=None if after is None else round(after, 3),
        tolerance_seconds=round(scrape + alert.evaluations_seconds + coarse, 3),
        is_sure=outlook.is_sure,
        already=fires is not None and fires < outlook.first_fault,
    )


def _fires_at(alert: WatchedAlert, outlook: Outlook) -> float | None:
    """Give the first moment at which the condition has held for the whole `for`."""
    wait = _whole_intervals(alert.wait_seconds, alert.interval_seconds)
    since: float | None = None
    for at in _moments(outlook):
        if not _holds(alert.condition, outlook, at):
            since = None
            continue
        since = at if since is None else since
        if at - since >= wait:
            return at
    return None


def _whole_intervals(seconds: float, interval: float) -> float:
    """A rule is only looked at once an interval."""
    return math.ceil(round(seconds / interval, 6)) * interval if interval else seconds


def _moments(outlook: Outlook) -> Iterator[float]:
    """Take fewer of a long game day: its alerts need no precision of a tenth of a second."""
    step = _step(outlook)
    number = math.ceil((outlook.end - outlook.begin) / step)
    return (outlook.begin + each * step for each in range(number + 1))


def _step(outlook: Outlook) -> float:
    return max(STEP_SECONDS, (outlook.end - outlook.begin) / MOST_STEPS)


def _holds(condition: Condition, outlook: Outlook, at: float) -> bool:
    match condition:
        case RatioOver():
            return _is_over(condition, outlook, at)
        case BudgetUnder():
            return any(left < condition.percent for left in _remaining(outlook, at))
        case TargetDown():
            return any(start <= at < end for start, end in outlook.down)


def _is_over(condition: RatioOver, outlook: Outlook, at: float) -> bool:
    objective = _objective(condition, outlook)
    if objective is None:
        return False
    flow, scrape = outlook.flows[objective.name], outlook.scrape_interval.total_seconds()
    for seconds, limit in condition.windows:
        valid, bad = flow.within(at - max(scrape, seconds - scrape), at)
        if not valid or bad / valid <= limit:
            return False
    longest = max(seconds for seconds, _ in condition.windows)
    return flow.within(at - longest, at)[1] >= condition.fewest


def _remaining(outlook: Outlook, at: float) -> Iterator[float]:
    for objective in outlook.objectives:
        before = outlook.remaining_percent.get(objective.name)
        if before is not None and objective.name in outlook.flows:
            _, bad = outlook.flows[objective.name].within(outlook.begin, at)
            yield before - 100 * bad / budget_events(objective, 0)
