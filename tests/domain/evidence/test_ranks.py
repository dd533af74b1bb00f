"""The rank test beside the one of scipy, which is its oracle."""

from hypothesis import given
from hypothesis import strategies as st
from pytest import approx  # noqa: PT013 - reads as a sentence
from scipy.stats import mannwhitneyu  # type: ignore[import-untyped,unused-ignore]

from ironclad.domain.evidence.ranks import EQUAL_RATIO, RankResult, rank_test

groups = st.lists(st.integers(0, 30).map(float), min_size=1, max_size=60)


@given(groups, groups)
def test_it_is_what_the_library_gives_with_ties_as_well(
    first: list[float], second: list[float]
) -> None:
    ours = rank_test(first, second)
    theirs = mannwhitneyu(first, second, alternative="greater", method="asymptotic")
    assert ours.higher_ratio == approx(theirs.statistic / len(first) / len(second), abs=1e-6)
    if len({*first, *second}) > 1:
        assert ours.p_value == approx(theirs.pvalue, abs=1e-6)


def test_equal_values_are_no_difference() -> None:
    assert rank_test([2.0] * 5, [2.0] * 9) == RankResult(p_value=1.0, higher_ratio=EQUAL_RATIO)


def test_the_higher_group_is_higher_and_the_lower_is_not() -> None:
    low, high = [float(n) for n in range(8)], [float(n) for n in range(20, 28)]
    assert rank_test(high, low).is_higher
    assert not rank_test(low, high).is_higher
