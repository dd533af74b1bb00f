"""Does the steady state hold? Asked before anything is broken."""

from collections.abc import Sequence

from ironclad.domain.judging.wording import count, percent
from ironclad.domain.load import LoadSecond
from ironclad.domain.slo import Objective

ACHIEVED_AT_LEAST = 0.99
"""Share of the offered requests that must get an answer in the baseline."""


def deviation(
    seconds: Sequence[LoadSecond], objectives: Sequence[Objective], offered: float
) -> str | None:
    """Say why the baseline does not hold; None when it does.

    `offered` is how many requests were due in these seconds.
    """
    answered = sum(s.ok + s.failed for s in seconds)
    if not answered:
        return "no request was answered in the baseline"
    if answered < ACHIEVED_AT_LEAST * offered:
        got, due = count(answered), count(offered)
        return f"only {got} of {due} offered requests were answered in the baseline"
    bad = sum(s.failed for s in seconds) / answered
    for objective in objectives:
        if objective.latency_threshold is None and bad > objective.error_budget:
            return (
                f"{percent(bad)} of the baseline's requests failed, and {objective.name} allows"
                f" {percent(objective.error_budget)}"
            )
    return None
