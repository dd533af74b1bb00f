"""How many requests a share hits, and which."""

from fractions import Fraction

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from backend.chaos.shares import Share

seeds = st.integers(min_value=-(2**63), max_value=2**63)


@given(ratio=st.floats(0, 1), seed=seeds, requests=st.integers(1, 2_000))
@example(ratio=5e-324, seed=1, requests=2_000)
@example(ratio=1 - 2**-53, seed=1, requests=2_000)
def test_at_every_prefix_the_hits_are_within_one_of_the_share(
    ratio: float, seed: int, requests: int
) -> None:
    share = Share(ratio, seed)
    for n in range(1, requests + 1):
        share.applies()
        assert abs(share.hit - n * Fraction(ratio)) <= 1
        assert share.seen == n


@pytest.mark.parametrize(("ratio", "hits"), [(0.0, 0), (1.0, 1_000)])
@given(seed=seeds)
def test_nothing_and_everything_are_exact(ratio: float, hits: int, seed: int) -> None:
    share = Share(ratio, seed)
    assert sum(share.applies() for _ in range(1_000)) == hits


@given(ratio=st.floats(0, 1), seed=seeds)
def test_a_seed_hits_the_same_requests_again(ratio: float, seed: int) -> None:
    first, second = Share(ratio, seed), Share(ratio, seed)
    assert [first.applies() for _ in range(200)] == [second.applies() for _ in range(200)]


@pytest.mark.parametrize("ratio", [0.1, 0.2, 0.25, 0.5, 0.8])
def test_a_share_does_not_beat_with_the_order_of_reads_and_writes(ratio: float) -> None:
    """Each tenth request is a write: writes have to be hit as often as reads are."""
    for period in range(2, 11):
        share = Share(ratio, seed=period)
        hits = [share.applies() for _ in range(20_000)]
        of_writes = sum(hits[::period]) / len(hits[::period])
        assert of_writes == pytest.approx(ratio, abs=0.05), period
