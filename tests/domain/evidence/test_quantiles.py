"""Nearest rank: always a value that was measured."""

import random

import pytest

from ironclad.domain.evidence.quantiles import LatencyQuantiles, latency_quantiles, nearest_rank


@pytest.mark.parametrize(
    ("ratio", "expected"),
    [(0.0, 1), (0.01, 1), (0.07, 7), (0.5, 50), (0.95, 95), (0.99, 99), (0.999, 100), (1, 100)],
)
def test_of_a_hundred_the_rank_is_the_percent(ratio: float, expected: int) -> None:
    assert nearest_rank(range(1, 101), ratio) == expected


def test_nothing_has_no_quantile() -> None:
    assert nearest_rank([], 0.5) is None
    assert latency_quantiles([]) is None


def test_one_value_is_every_quantile() -> None:
    assert latency_quantiles([7.0]) == LatencyQuantiles(p50=7, p95=7, p99=7, p999=7, max=7)


def test_the_order_of_the_values_does_not_matter() -> None:
    values = [float(n) for n in range(1, 1001)]
    random.Random(1).shuffle(values)  # noqa: S311
    expected = LatencyQuantiles(p50=500, p95=950, p99=990, p999=999, max=1000)
    assert latency_quantiles(values) == expected
