"""An allowance is spent by what clients felt, by failures or by slow answers."""

from dataclasses import replace
from datetime import timedelta

import pytest

from ironclad.domain.experiment.abort import allowance_spent
from ironclad.domain.experiment.experiment import Cost
from ironclad.domain.load.load import LoadSecond
from ironclad.domain.slo.slo import Objective
from tests.fakes.load.bursts import AVAILABILITY

LATENCY = replace(
    AVAILABILITY, name="orders-latency", target=0.95, latency_threshold=timedelta(seconds=0.5)
)
OBJECTIVES = (AVAILABILITY, LATENCY)


def second(*, failed: int = 0, slow: int = 0) -> LoadSecond:
    return LoadSecond(
        at=1_000,
        sent=1_000,
        ok=1_000 - failed,
        failed=failed,
        late=0,
        unsent=0,
        in_flight=0,
        latency_p95_seconds=0.01,
        marked={},
        slow=slow,
    )


CASES = {
    "as many failures as allowed": (AVAILABILITY, second(failed=259), False),
    "one more": (AVAILABILITY, second(failed=260), True),
    "slow answers, which are not what it costs": (AVAILABILITY, second(slow=900), False),
    "as many slow answers as allowed": (LATENCY, second(slow=12_960), False),
    "one more of them": (LATENCY, second(slow=12_961), True),
}


@pytest.mark.parametrize(("objective", "spent", "is_over"), CASES.values(), ids=CASES.keys())
def test_beyond_a_thousandth_of_the_month_it_is_spent(
    objective: Objective, spent: LoadSecond, *, is_over: bool
) -> None:
    cost = Cost(objective=objective.name, at_most_ratio=0.001)
    said = allowance_spent(cost, [second(), spent], OBJECTIVES)
    assert bool(said) is is_over


def test_without_a_cost_there_is_no_allowance() -> None:
    assert allowance_spent(None, [second(failed=1_000)], OBJECTIVES) is None
    other = Cost(objective="another", at_most_ratio=0.001)
    assert allowance_spent(other, [second(failed=1_000)], OBJECTIVES) is None
