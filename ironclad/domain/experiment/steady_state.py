"""Does the steady state hold? Asked before anything is broken."""

from collections import Counter
from collections.abc import Sequence

from ironclad.domain.experiment.expected_answer import expectation, mix
from ironclad.domain.experiment.experiment import Load
from ironclad.domain.load.load import LoadSecond
from ironclad.domain.slo.slo import Objective
from ironclad.domain.text.wording import count, percent

ACHIEVED_AT_LEAST = 0.99
"""Share of the offered requests that must get an answer in the baseline."""
EXPECTED_AT_LEAST = 0.99
"""Share of the baseline's answers that must be what their requests expect."""


def deviation(
    seconds: Sequence[LoadSecond], objectives: Sequence[Objective], offered: float, load: Load
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
    mixed: Counter[str] = Counter()
    for second in seconds:
        mixed.update(second.answers)
    bad = sum(s.failed for s in seconds) / answered
    for objective in objectives:
        if objective.counts_failures and bad > objective.error_budget:
            return (
                f"{percent(bad)} of the baseline's requests failed, and {objective.name} allows"
                f" {percent(objective.error_budget)}"
            )
    return no_baseline(answered - sum(s.unexpected for s in seconds), answered, mixed, load)


def no_baseline(expected: int, answered: int, mixed: Counter[str], load: Load) -> str | None:
    """Say what came instead of what the requests expect; None where nearly all is that."""
    if expected >= EXPECTED_AT_LEAST * answered:
        return None
    return (
        f"only {percent(expected / answered)} of the baseline's {count(answered)} answers are what"
        f" the requests expect ({expectation(load)}): {mix(mixed)}; see that the load reaches the"
        " right service, with the right path and rights"
    )
