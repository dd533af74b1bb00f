"""Counters that reset, fall silent, and hold what no counter can hold."""

import math
from itertools import accumulate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ironclad.domain.evidence.counters import (
    Sample,
    Series,
    delta,
    delta_from_birth,
    resets,
    total,
)


def samples(*values: float) -> tuple[Sample, ...]:
    return tuple(Sample(float(at), value) for at, value in enumerate(values))


def series(*values: float, begun_at: float = 0.0) -> Series:
    return Series((), tuple(Sample(begun_at + at, value) for at, value in enumerate(values)))


@pytest.mark.parametrize(
    ("values", "grown"),
    [
        pytest.param((5, 7, 9), 4, id="last minus first"),
        pytest.param((5, 5), 0, id="nothing happened, and that is known"),
        pytest.param((5, 9, 2, 3), 7, id="a restart counts from 0: 4 + 2 + 1"),
        pytest.param((5, 0), 0, id="a restart without a request"),
        pytest.param((), None, id="no sample says nothing"),
        pytest.param((5,), None, id="one sample says nothing"),
        pytest.param((5, math.nan, 9), None, id="NaN is no count"),
        pytest.param((5, math.inf), None, id="infinity is no count"),
        pytest.param((-1, 3), None, id="no counter is below 0"),
    ],
)
def test_a_counter_grew_by(values: tuple[float, ...], grown: float | None) -> None:
    assert delta(samples(*values)) == grown


def test_a_newborn_counter_counts_its_first_sample_too() -> None:
    assert delta_from_birth(samples(3, 5)) == 5
    assert delta_from_birth(samples(3)) == 3
    assert delta_from_birth(()) is None


@pytest.mark.parametrize(
    ("all_series", "grown"),
    [
        pytest.param((), None, id="no series is not zero"),
        pytest.param((series(1, 3), series(4, 9)), 7, id="2 + 5"),
        pytest.param((series(1, 3), series(9, 4)), 6, id="one restarted: 2 + 4, not 3"),
        pytest.param((series(1, 3), series(4)), None, id="one unknown makes all unknown"),
        pytest.param((series(1, 3), series(2, 4, begun_at=60)), 6, id="a new one: 2 + 4"),
        pytest.param((series(1, 3), series(2, begun_at=60)), 4, id="a new one seen once: 2 + 2"),
    ],
)
def test_several_series_grew_by(all_series: tuple[Series, ...], grown: float | None) -> None:
    assert total(all_series, born_after=30) == grown


def test_without_a_birth_time_no_series_is_new() -> None:
    assert total((series(2, 4, begun_at=60),)) == 2


COUNTS = st.lists(st.integers(0, 1_000), min_size=2, max_size=50)


def lived(increments: list[int], deaths: set[int]) -> tuple[Sample, ...]:
    """Let a counter live through the increments, dying just before some of them."""
    values = accumulate(
        enumerate(increments),
        lambda value, step: step[1] if step[0] in deaths else value + step[1],
        initial=0,
    )
    return samples(*values)


@given(COUNTS)
def test_without_restarts_nothing_is_lost(increments: list[int]) -> None:
    assert delta(lived(increments, set())) == sum(increments)


@given(COUNTS, st.sets(st.integers(0, 49)))
def test_a_seen_restart_never_makes_a_count_negative_or_too_large(
    increments: list[int], deaths: set[int]
) -> None:
    trace = lived(increments, deaths)
    grown = delta(trace)
    assert grown is not None
    assert 0 <= grown <= sum(increments)
    assert resets(trace) <= len(deaths)


@given(COUNTS, st.sets(st.integers(0, 49)), st.data())
def test_windows_that_share_a_sample_add_up(
    increments: list[int], deaths: set[int], data: st.DataObject
) -> None:
    trace = lived(increments, deaths)
    cut = data.draw(st.integers(1, len(trace) - 2))
    first, second = delta(trace[: cut + 1]), delta(trace[cut:])
    assert first is not None
    assert second is not None
    assert first + second == delta(trace)
