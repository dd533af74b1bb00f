"""A plan whose own prediction is more than its experiment allows will deviate by plan."""

from collections.abc import Iterator, Sequence

from ironclad.domain.experiment.experiment import Expectation
from ironclad.domain.experiment.plan import Prediction
from ironclad.domain.text.wording import percent


def beyond_allowance(predictions: Sequence[Prediction], expect: Expectation) -> Iterator[str]:
    for one in predictions:
        if is_beyond(one, expect) and expect.cost is not None:
            bound = "up to " if one.is_bound else ""
            yield (
                f"{bound}{percent(one.spent_ratio)} of the budget of {one.objective} is predicted,"
                f" more than the {percent(expect.cost.at_most_ratio)} that expect.cost allows"
            )


def is_beyond(prediction: Prediction, expect: Expectation) -> bool:
    cost = expect.cost
    is_priced = cost is not None and cost.objective == prediction.objective
    return is_priced and cost is not None and prediction.spent_ratio > cost.at_most_ratio
