"""Detection times against the published tables (SRE workbook, chapter 5, and arithmetic)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ironclad.adapters.experiments.objectives import SloDocuments
from ironclad.domain.alerting.burn_windows import BURN_ROWS
from tests.domain.alerting.dilution import (
    Traffic,
    burn_alert_seconds,
    crossing_seconds,
)
from tests.places import ROOT

SLOS = ROOT / "monitoring/slos"
(AVAILABILITY,) = SloDocuments(SLOS).load(["orders-availability"])
FAST, STEADY, SLOW, CREEPING = BURN_ROWS
DAYS = 30 * 86_400.0
MINUTES = 60.0


def steady(bad_ratio: float, *, before: float = 100.0) -> Traffic:
    return Traffic(rate_before=before, clean_seconds=DAYS, rate_during=100.0, bad_ratio=bad_ratio)


@pytest.mark.parametrize(
    ("bad_ratio", "minutes"),
    [
        pytest.param(1.0, (0.864, 2.16, 4.32, 4.32), id="everything fails"),
        pytest.param(0.5, (1.728, 4.32, 8.64, 8.64), id="half"),
        pytest.param(0.2, (4.32, 10.8, 21.6, 21.6), id="a fifth"),
        pytest.param(0.1, (8.64, 21.6, 43.2, 43.2), id="a tenth"),
        pytest.param(0.02, (43.2, 108, 216, 216), id="two percent"),
        pytest.param(0.01, (None, 216, 432, 432), id="one percent"),
        pytest.param(0.002, (None, None, None, 2160), id="two in a thousand"),
        pytest.param(0.0, (None, None, None, None), id="nothing"),
    ],
)
def test_with_equal_traffic_before_alerts_fire_after(
    bad_ratio: float, minutes: tuple[float | None, ...]
) -> None:
    found = [burn_alert_seconds(row, AVAILABILITY, steady(bad_ratio)) for row in BURN_ROWS]
    assert [None if one is None else one / MINUTES for one in found] == [
        None if one is None else pytest.approx(one, rel=1e-6) for one in minutes
    ]


@pytest.mark.parametrize(
    ("before", "minutes"),
    [(100, 8.64), (10, 0.997), (1_000, 37.6), (0, 0)],
    ids=["as much", "a tenth", "ten times", "none"],
)
def test_earlier_traffic_delays_or_hastens_an_alert(before: float, minutes: float) -> None:
    found = crossing_seconds(0.0144, 3_600, steady(0.1, before=before))
    assert found is not None
    assert found / MINUTES == pytest.approx(minutes, rel=0.01)


def test_on_a_young_stack_only_the_clean_seconds_count() -> None:
    young = Traffic(rate_before=100, clean_seconds=60, rate_during=100, bad_ratio=0.2)
    assert crossing_seconds(0.0144, 3_600, young) == pytest.approx(0.0144 * 60 / (0.2 - 0.0144))


def test_a_single_bad_request_is_not_enough() -> None:
    rare = Traffic(rate_before=0, clean_seconds=0, rate_during=0.1, bad_ratio=1.0)
    assert burn_alert_seconds(FAST, AVAILABILITY, rare) == 100


def test_compressed_rules_fire_as_much_sooner() -> None:
    assert burn_alert_seconds(FAST, AVAILABILITY, steady(1.0), compress=60) == pytest.approx(0.864)


@given(
    st.floats(0.001, 0.9),
    st.floats(0.01, 1.0),
    st.floats(0, 1_000),
    st.floats(0, 7_200),
    st.floats(1, 1_000),
)
def test_at_the_predicted_moment_the_window_is_at_the_threshold(
    threshold: float, bad_ratio: float, before: float, clean: float, during: float
) -> None:
    window = 3_600.0
    traffic = Traffic(
        rate_before=before, clean_seconds=clean, rate_during=during, bad_ratio=bad_ratio
    )
    at = crossing_seconds(threshold, window, traffic)
    if at is None:
        assert bad_ratio <= threshold
        return
    assert 0 <= at <= window * (1 + 1e-9)
    clean_left = before * min(clean, window - at)
    if at > 1e-6:
        ratio = bad_ratio * during * at / (during * at + clean_left)
        assert ratio == pytest.approx(threshold, rel=1e-6)
