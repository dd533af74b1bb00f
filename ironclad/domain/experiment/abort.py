"""When to stop a game day: conditions against the generator's own account, second by second."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from ironclad.domain.experiment.experiment import AbortCondition, Cost
from ironclad.domain.load.load import LoadSecond
from ironclad.domain.slo.slo import Objective, spent_ratio
from ironclad.domain.text.wording import count, duration, percent


def tripped(
    conditions: Sequence[AbortCondition],
    seconds: Sequence[LoadSecond],
    *,
    objective: Objective | None,
) -> str | None:
    """Say which condition ends the run, and with what numbers; None while none does.

    `seconds` is the account since the load began, oldest first; `objective` prices a bad request.
    """
    sentences = (_sentence(condition, seconds, objective) for condition in conditions)
    return next((sentence for sentence in sentences if sentence), None)


def _sentence(
    condition: AbortCondition, seconds: Sequence[LoadSecond], objective: Objective | None
) -> str | None:
    if condition.error_ratio_over is not None:
        return _error_ratio(condition, condition.error_ratio_over, seconds)
    if condition.latency_p95_over is not None:
        return _latency(condition, condition.latency_p95_over, seconds)
    if condition.budget_spent_ratio_over is not None and objective is not None:
        return _budget(condition.budget_spent_ratio_over, seconds, objective)
    return None


def _window(condition: AbortCondition, seconds: Sequence[LoadSecond]) -> Sequence[LoadSecond]:
    """Give the last seconds that must all be over the limit; empty while too few are known."""
    wanted = max(1, round(condition.sustained.total_seconds()))
    return seconds[-wanted:] if len(seconds) >= wanted else ()


def _error_ratio(
    condition: AbortCondition, limit: float, seconds: Sequence[LoadSecond]
) -> str | None:
    window = _window(condition, seconds)
    ratios = [s.failed / (s.ok + s.failed) for s in window if s.ok + s.failed]
    if not ratios or len(ratios) < len(window) or min(ratios) <= limit:
        return None
    return (
        f"the error ratio was over {percent(limit)} for {duration(condition.sustained)}"
        f" (last second {percent(ratios[-1])})"
    )


def _latency(
    condition: AbortCondition, limit: timedelta, seconds: Sequence[LoadSecond]
) -> str | None:
    window = _window(condition, seconds)
    values = [s.latency_p95_seconds for s in window if s.latency_p95_seconds is not None]
    if not values or len(values) < len(window) or min(values) <= limit.total_seconds():
        return None
    return (
        f"the 95th percentile of latency was over {duration(limit)} for"
        f" {duration(condition.sustained)} (last second {duration(values[-1])})"
    )


_LIVE = "by the load's own count up to then"


def _budget(limit: float, seconds: Sequence[LoadSecond], objective: Objective) -> str | None:
    bad = sum(s.failed for s in seconds)
    spent = spent_ratio(objective, bad, sum(s.ok + s.failed for s in seconds))
    if spent <= limit:
        return None
    return (
        f"{count(bad)} bad requests spent {percent(spent)} of the budget of {objective.name},"
        f" over {percent(limit)}, {_LIVE}"
    )


def allowance_spent(
    cost: Cost | None, seconds: Sequence[LoadSecond], objectives: Sequence[Objective]
) -> str | None:
    """Say that the game day has spent what it may; every experiment that names a cost implies it.

    Counted as clients see it, since the load began: what no indicator sees is spent as well.
    """
    objective = next((one for one in objectives if cost and one.name == cost.objective), None)
    if cost is None or objective is None:
        return None
    sli = objective.sli.spec
    bad = sum(map(sli.bad_in, seconds))
    spent = spent_ratio(objective, bad, sum(s.ok + s.failed for s in seconds))
    if spent <= cost.at_most_ratio:
        return None
    return (
        f"{count(bad)} {sli.bad} requests spent {percent(spent)} of the"
        f" budget of {objective.name}, and this game day may spend {percent(cost.at_most_ratio)},"
        f" {_LIVE}"
    )


@dataclass(frozen=True, slots=True)
class Excess:
    """How long a PromQL expression has been over its limit; monotonic seconds."""

    since: float
    until: float
    value: float

    def sentence(self, condition: AbortCondition) -> str | None:
        """Say that it was over for long enough; None while it was not."""
        if self.until - self.since < condition.sustained.total_seconds():
            return None
        return (
            f"{condition.promql} was over {condition.over:g} for"
            f" {duration(condition.sustained)} (last {self.value:g})"
        )


def excess(
    condition: AbortCondition, before: Excess | None, value: float, at: float
) -> Excess | None:
    """Add one reading; None when it is not over the limit."""
    if value <= condition.over:
        return None
    return Excess(before.since if before else at, at, value)
