"""A plan whose own prediction is more than its experiment allows will deviate by plan."""

from collections.abc import Iterator, Sequence

from ironclad.domain.experiment.experiment import Expectation
from ironclad.domain.experiment.plan import Prediction
from ironclad.domain.text.wording import percent


def beyond_allowance(predictions: Sequence[Prediction], expect: Expectation) -> Iterator[str]:
    for one in predictions:
        allowed = expect.allowed_ratio(one.objective)
        if allowed is not None and one.spent_ratio > allowed:
            bound = "up to " if one.is_bound else ""
            yield (
                f"{bound}{percent(one.spent_ratio)} of the budget of {one.objective} is predicted,"
                f" more than the {percent(allowed)} that expect.cost allows"
            )
