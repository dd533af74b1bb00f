"""Error bars, against published figures and each other."""

import math
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ironclad.domain.evidence.intervals import (
    Interval,
    bad_ratio_interval,
    block_bootstrap,
    known,
    requests_to_show,
    wider,
    wilson,
)
from ironclad.domain.slo.slo import Counts


@pytest.mark.parametrize(
    ("errors", "requests"),
    [(0, 2_995), (1, 4_742), (2, 6_294), (3, 7_752), (5, 10_511), (10, 16_959)],
)
def test_so_many_requests_show_three_nines(errors: int, requests: int) -> None:
    assert requests_to_show(0.999, errors) == requests


@pytest.mark.parametrize(
    ("counts", "low", "high"),
    [
        pytest.param(Counts(30_000, 30), 0.00070, 0.00143, id="30 of 30,000"),
        pytest.param(Counts(30_000, 0), 0.0, 0.00013, id="0 of 30,000"),
        pytest.param(Counts(3_000, 3), 0.00034, 0.00294, id="3 of 3,000"),
        pytest.param(Counts(10, 10), 0.72247, 1.0, id="10 of 10"),
    ],
)
def test_wilson_gives_the_published_interval(counts: Counts, low: float, high: float) -> None:
    interval = wilson(counts)
    assert interval is not None
    assert (round(interval.low, 5), round(interval.high, 5)) == (low, high)


def test_nothing_measured_has_no_interval() -> None:
    assert wilson(Counts(0, 0)) is None
    assert block_bootstrap([]) is None
    assert block_bootstrap([[], [Counts(0, 0)]]) is None
    assert bad_ratio_interval([]) is None


def test_errors_that_come_in_bursts_widen_the_interval() -> None:
    spread = [Counts(100, 1)] * 60
    burst = [Counts(100, 0)] * 58 + [Counts(100, 30)] * 2
    wide, narrow = bad_ratio_interval([burst]), wilson(Counts(6_000, 60))
    assert bad_ratio_interval([spread]) == narrow
    assert wide is not None
    assert narrow is not None
    assert wide.width > 2 * narrow.width


def test_a_planned_fault_is_as_long_in_every_replicate() -> None:
    clean, faulty = [Counts(100, 0)] * 30, [Counts(100, 20)] * 30
    assert block_bootstrap([clean, faulty]) == Interval(0.1, 0.1)
    mixed = block_bootstrap([clean + faulty])
    assert mixed is not None
    assert mixed.width > 0.04


def test_the_same_seed_gives_the_same_interval() -> None:
    blocks = [[Counts(100, n % 7) for n in range(60)]]
    assert block_bootstrap(blocks, seed=3) == block_bootstrap(blocks, seed=3)


def test_the_wider_of_two_is_taken_and_none_loses_to_any() -> None:
    narrow, wide = Interval(0.1, 0.2), Interval(0.0, 0.3)
    assert wider(narrow, wide) is wide
    assert wider(None, narrow) is narrow
    assert wider(None, None) is None


def test_an_unexplained_difference_opens_both_sides_but_not_below_zero() -> None:
    assert Interval(0.1, 0.2).widened(0.5) == Interval(0.0, 0.7)
    assert Interval(0.1, 0.2).scaled(10) == Interval(1.0, 2.0)


@pytest.mark.parametrize("value", [None, math.nan, math.inf, -math.inf])
def test_what_is_no_number_is_unknown(value: float | None) -> None:
    assert known(value) is None


def test_a_number_is_known() -> None:
    assert known(0.0) == 0.0


def test_twenty_thousand_rows_take_no_time_worth_mentioning() -> None:
    blocks = [[Counts(100, n % 3) for n in range(200)]]
    begun = time.process_time()
    bad_ratio_interval(blocks)
    assert time.process_time() - begun < 0.2  # 20 to 50 ms here; slower machines exist


@given(st.integers(1, 100_000), st.data())
def test_wilson_holds_the_measured_ratio(valid: int, data: st.DataObject) -> None:
    bad = data.draw(st.integers(0, valid))
    interval = wilson(Counts(valid, bad))
    assert interval is not None
    assert 0 <= interval.low <= bad / valid + 1e-12
    assert bad / valid - 1e-12 <= interval.high <= 1


BLOCKS = st.lists(
    st.integers(1, 100).flatmap(lambda n: st.builds(Counts, st.just(n), st.integers(0, n))),
    min_size=1,
    max_size=20,
)


@given(st.lists(BLOCKS, min_size=1, max_size=3))
def test_the_reported_interval_is_never_narrower_than_wilson(strata: list[list[Counts]]) -> None:
    reported = bad_ratio_interval(strata)
    binomial = wilson(
        Counts(sum(b.valid for s in strata for b in s), sum(b.bad for s in strata for b in s))
    )
    assert reported is not None
    assert binomial is not None
    assert reported.width >= binomial.width
    assert 0 <= reported.low <= reported.high <= 1
