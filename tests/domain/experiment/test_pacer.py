"""A rate law and its inverse; the arithmetic stands beside each row."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ironclad.domain.experiment.pacer import AnyPacer, Constant, Ramp, Step, Steps, pacer_text

RATES = st.floats(0.1, 10_000)
SECONDS = st.floats(0.1, 3_600)
PACERS: st.SearchStrategy[AnyPacer] = st.one_of(
    st.builds(Constant, RATES),
    st.builds(Ramp, RATES, RATES, SECONDS),
    st.builds(
        lambda steps: Steps(tuple(steps)),
        st.lists(st.builds(Step, st.floats(0, 1_000), SECONDS), min_size=1, max_size=5),
    ),
)


@pytest.mark.parametrize(
    ("pacer", "elapsed", "hits"),
    [
        pytest.param(Constant(100), 0, 0, id="nothing is due before the start"),
        pytest.param(Constant(100), 0.005, 1, id="the first hit is due at 0"),
        pytest.param(Constant(100), 2, 200, id="100/s x 2 s"),
        pytest.param(Constant(100), -1, 0, id="nothing before the start"),
        pytest.param(Ramp(0, 100, 10), 10, 500, id="(0 + 100)/2 x 10 s"),
        pytest.param(Ramp(0, 100, 10), 12, 700, id="500 + 100/s x 2 s"),
        pytest.param(Ramp(100, 0, 10), 60, 501, id="500 and one at the very end, then nothing"),
        pytest.param(Ramp(50, 50, 10), 20, 1000, id="a flat ramp is constant"),
        pytest.param(Steps((Step(10, 5), Step(100, 5))), 10, 550, id="10 x 5 + 100 x 5"),
        pytest.param(Steps((Step(10, 5), Step(0, 5), Step(10, 5))), 9, 50, id="a pause"),
        pytest.param(Steps((Step(10, 5),)), 99, 50, id="nothing after the last step"),
    ],
)
def test_so_many_hits_are_due(pacer: AnyPacer, elapsed: float, hits: int) -> None:
    assert pacer.hits_before(elapsed) == hits


@given(PACERS, st.integers(0, 5_000))
def test_counting_is_the_inverse_of_the_due_times(pacer: AnyPacer, hit: int) -> None:
    due = pacer.due_at(hit)
    if math.isfinite(due):
        assert pacer.hits_before(due) <= hit
        assert pacer.hits_before(math.nextafter(due, math.inf)) >= hit + 1


@given(PACERS, st.integers(0, 5_000))
def test_hits_are_due_one_after_the_other(pacer: AnyPacer, hit: int) -> None:
    assert pacer.due_at(hit) <= pacer.due_at(hit + 1)


@given(PACERS, st.floats(0, 7_200))
def test_no_rate_is_above_the_peak(pacer: AnyPacer, elapsed: float) -> None:
    assert 0 <= pacer.rate_at(elapsed) <= pacer.peak_rate * (1 + 1e-9)
    assert pacer.rate_at(-1) == 0


@pytest.mark.parametrize(
    ("pacer", "words"),
    [
        (Constant(100), "100/s"),
        (Ramp(50, 150, 60), "50 to 150/s over 60 s"),
        (Steps((Step(50, 30), Step(100, 86_400))), "50/s for 30 s, then 100/s"),
    ],
    ids=["constant", "ramp", "steps"],
)
def test_a_pacer_is_written_as_people_say_it(pacer: AnyPacer, words: str) -> None:
    assert pacer_text(pacer) == words
