"""Burn in bad time, beside burn in requests."""

from dataclasses import replace
from datetime import timedelta

import pytest

from ironclad.domain.alerting.forecast import AlertForecast
from ironclad.domain.judging.alert_outcome import alert_predictions
from ironclad.domain.judging.budget import assess_budgets
from ironclad.domain.judging.counts.time_slices import SLICE, time_slices
from tests.fakes.game_day.evidence import AVAILABILITY, LATENCY, Scenario, evidence_of

SMALL = Scenario(rate=20.0, target=0.99, at_most_ratio=0.02)
BUDGET_SECONDS = 0.01 * timedelta(days=30).total_seconds()


def test_every_slice_under_the_fault_is_bad_and_no_other() -> None:
    """45 s of fault are nine slices, and perhaps a part of another one at either end."""
    found = time_slices(evidence_of(SMALL), replace(AVAILABILITY, target=0.99))
    assert found is not None
    assert 8 <= found.bad <= 11
    assert found.total >= 138 / 5
    assert found.spent_ratio == pytest.approx(found.bad * 5 / BUDGET_SECONDS)
    assert found.interval.low < found.spent_ratio < found.interval.high


def test_few_errors_everywhere_cost_more_time_than_requests() -> None:
    """One request in fifty fails: 2 % of the requests, and every slice is over 1 %."""
    thin = evidence_of(replace(SMALL, failing=(0.0, 200.0, 0.02)))
    (availability, _) = assess_budgets(thin)
    assert availability.slices is not None
    assert availability.slices.bad > 0.6 * availability.slices.total


def test_what_is_quick_and_wrong_costs_latency_nothing() -> None:
    found = time_slices(evidence_of(SMALL), LATENCY)
    assert found is not None
    assert (found.bad, found.spent_ratio) == (0, 0.0)


def test_without_load_there_is_no_time_to_count() -> None:
    assert time_slices(replace(evidence_of(SMALL), load=None), AVAILABILITY) is None
    assert timedelta(seconds=5) == SLICE


def test_clocks_that_differ_make_an_alerts_time_less_sharp() -> None:
    forecast = AlertForecast(name="A", after_seconds=5.0, tolerance_seconds=3.0)
    seen = replace(evidence_of(SMALL), forecasts=(forecast,))
    sharp = alert_predictions(seen)["A"]
    vague = alert_predictions(replace(seen, clock_skew_seconds=-0.4))["A"]
    assert vague.at == sharp.at
    assert vague.tolerance - sharp.tolerance == timedelta(seconds=0.4)
    assert vague.leeway - sharp.leeway == timedelta(seconds=0.4)
