"""The generator's histogram says what the exact ledger says, within 0.1 %."""

import random

import pytest

from ironclad.domain.evidence.quantiles import nearest_rank
from ironclad.load.account import PERCENTS, Latencies


def counted(values: list[float]) -> Latencies:
    latencies = Latencies()
    for value in values:
        latencies.add(value)
    return latencies


def test_nothing_has_no_percentile() -> None:
    assert set(Latencies().percentiles().values()) == {None}


@pytest.mark.parametrize("how_many", [1, 2, 13, 100, 901, 5_000])
def test_every_percentile_is_that_of_the_sorted_values(how_many: int) -> None:
    dice = random.Random(how_many)  # noqa: S311 - it must repeat
    values = [dice.lognormvariate(-4, 1.5) for _ in range(how_many)]
    found = counted(values).percentiles()
    for percent in PERCENTS:
        exact = nearest_rank(sorted(values), percent / 100)
        assert found[percent] == pytest.approx(exact, rel=0.001, abs=1e-6)


def test_two_are_merged_into_what_one_would_have_counted() -> None:
    first, second = counted([0.001] * 90), counted([1.0] * 10)
    first.merge(second)
    assert len(first) == 100
    assert list(first.percentiles().values()) == pytest.approx([0.001, 1.0, 1.0], rel=0.001)


@pytest.mark.parametrize(
    ("seconds", "kept"),
    [(-0.5, 0.0), (0.0, 0.0), (3_600.0, 600.0)],
    ids=["past", "none", "an hour"],
)
def test_what_is_out_of_range_counts_as_its_end(seconds: float, kept: float) -> None:
    assert counted([seconds]).percentiles()[50.0] == pytest.approx(kept, rel=0.001)
