"""What is left, what burned it, and when it runs out."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from ironclad.domain.history.past_run import PastRun
from ironclad.domain.slo.budget_review import Burned, Review, review
from ironclad.report.parts.budgets import review_markdown
from tests.fakes.game_day.evidence import AVAILABILITY

NOW = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)
BUDGET = 259_200  # bad events: 0.001 of 259,200,000 declared


def game_day(days_ago: float, spent: float | None, objective: str = AVAILABILITY.name) -> PastRun:
    return PastRun(
        run=f"run-{days_ago}",
        experiment="error-burst",
        platform="local",
        stack="demo",
        started_at=NOW - timedelta(days=days_ago),
        status="COMPLETED",
        verdict="UPHELD",
        reason="",
        spent_objective=objective,
        spent_ratio=spent,
    )


def reviewed(burned: Burned, *runs: PastRun) -> Review:
    return review(AVAILABILITY, burned, runs, NOW)


def test_game_days_stand_apart_from_everything_else() -> None:
    runs = (game_day(1, 0.02), game_day(8, 0.03), game_day(15, None), game_day(40, 0.5))
    others = game_day(1, 0.7, objective="orders-latency")
    found = reviewed(Burned(remaining_ratio=0.8), *runs, others)
    assert found.by_game_days_ratio == pytest.approx(0.05)
    assert found.game_days == 3
    assert found.by_rest_ratio == pytest.approx(0.15)


def test_the_forecast_goes_by_the_last_days_without_their_game_days() -> None:
    """3 % in three days, 1.5 % of it by a game day: half a percent a day, 40 % left, 80 days."""
    burned = Burned(remaining_ratio=0.4, bad_recently=0.03 * BUDGET, valid_events=1000.0)
    found = reviewed(burned, game_day(2, 0.015), game_day(5, 0.2))
    assert found.pace_a_day_ratio == pytest.approx(0.005)
    assert found.runs_out_at == NOW + timedelta(days=80)


def test_a_game_day_that_was_cut_short_is_one_all_the_same() -> None:
    """It has no verdict and no cost of its own; what its load met says what it burned."""
    burned = Burned(
        remaining_ratio=0.9,
        bad_recently=0.1 * BUDGET,
        by_game_days_ratio=0.09,
        by_game_days_recently=0.07 * BUDGET,
    )
    found = reviewed(burned, game_day(1, None), game_day(2, 0.01))
    assert found.by_game_days_ratio == pytest.approx(0.09)
    assert found.by_rest_ratio == pytest.approx(0.01)
    assert found.pace_a_day_ratio == pytest.approx(0.01)


FOREVER = {
    "nothing is being spent": Burned(remaining_ratio=0.9, bad_recently=0.0),
    "nothing is known": Burned(remaining_ratio=None, bad_recently=50.0),
    "nothing recent is known": Burned(remaining_ratio=0.9),
    "not within a year": Burned(remaining_ratio=1.0, bad_recently=1.0),
    "game days alone spend it": Burned(remaining_ratio=0.9, bad_recently=0.001 * BUDGET),
}


@pytest.mark.parametrize("burned", FOREVER.values(), ids=FOREVER.keys())
def test_where_no_day_can_be_named_none_is(burned: Burned) -> None:
    assert reviewed(burned, game_day(1, 0.01)).runs_out_at is None


LEVELS = {1.0: "healthy", 0.5: "healthy", 0.49: "low", 0.09: "exhausting", 0.0: "exhausted",
          -0.3: "exhausted", None: "unknown"}  # fmt: skip


@pytest.mark.parametrize(("left", "level"), LEVELS.items(), ids=str)
def test_the_level_is_what_the_gates_go_by(left: float | None, level: str) -> None:
    assert reviewed(Burned(remaining_ratio=left)).level == level


def test_more_requests_than_declared_make_a_larger_budget() -> None:
    burned = Burned(remaining_ratio=0.5, bad_recently=300.0, valid_events=2 * 259_200_000.0)
    assert reviewed(burned).pace_a_day_ratio == pytest.approx(100 / (2 * BUDGET))


def test_an_overspent_budget_has_run_out_now() -> None:
    assert reviewed(Burned(remaining_ratio=-0.1, bad_recently=500.0)).runs_out_at == NOW


def test_the_review_reads_as_a_table_and_a_sentence_each() -> None:
    found = reviewed(Burned(remaining_ratio=0.4, bad_recently=0.03 * BUDGET), game_day(2, 0.015))
    odd = replace(found, objective=replace(AVAILABILITY, name="a|b<i>"), remaining_ratio=None)
    text = review_markdown("local/demo", [found, odd], NOW)
    assert "| orders-availability | 40 % | 2027-02-11 | 1.5 % in 1 | 58.5 % | 0.5 % |" in text
    assert "**orders-availability** is low: no game day runs until it has recovered." in text
    assert "a\\|b&lt;i&gt;" in text
    assert "not known" in text
