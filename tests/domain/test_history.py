"""Which figures got worse, and which experiments went stale."""

import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from ironclad.domain.history.past_run import PastRun
from ironclad.domain.history.regression import Change, Figure, changes
from ironclad.domain.history.trend import trends

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
RUN = PastRun(
    run="20261123T100000Z-error-burst-00ff",
    experiment="error-burst",
    platform="local",
    stack="demo",
    started_at=NOW,
    status="COMPLETED",
    verdict="UPHELD",
    reason="",
    spent_objective="orders-availability",
    spent_ratio=0.00116,
    time_to_recover_seconds=75.0,
    recovered=True,
)


def recovered_in(seconds: float | None) -> PastRun:
    return replace(RUN, time_to_recover_seconds=seconds)


def recovery_change(now: float, before: Sequence[float | None]) -> Change:
    found = changes(recovered_in(now), [recovered_in(seconds) for seconds in before])
    return next(change for change in found if change.figure is Figure.RECOVERY)


def test_a_third_slower_is_found_at_once_among_noisy_runs() -> None:
    for seed in range(200):
        noise = random.Random(seed)  # noqa: S311
        before = [noise.gauss(75.0, 2.0) for _ in range(10)]
        assert recovery_change(1.3 * noise.gauss(75.0, 2.0), before).is_worse


def test_equal_runs_raise_no_false_alarm() -> None:
    """Twenty runs in a row, each against the ten before it, a hundred times over."""
    for seed in range(100):
        noise = random.Random(seed)  # noqa: S311
        times = [noise.gauss(75.0, 2.0) for _ in range(30)]
        for index in range(10, 30):
            before = list(reversed(times[index - 10 : index]))
            assert not recovery_change(times[index], before).is_worse


CASES = {
    "equal to the last digit": (75.0, [75.0] * 6, False),
    "a trifle more than equal runs": (76.0, [75.0] * 6, False),
    "better is never worse": (10.0, [75.0] * 6, False),
    "too few to say": (500.0, [75.0] * 4, None),
    "unknown ones do not count": (500.0, [75.0, None, None, None, None, None], None),
    "something after nothing": (1.0, [0.0] * 6, True),
}


@pytest.mark.parametrize(("now", "before", "worse"), CASES.values(), ids=CASES.keys())
def test_worse_is_an_outlier_among_enough_runs(
    now: float,
    before: list[float | None],
    worse: bool | None,  # noqa: FBT001
) -> None:
    assert recovery_change(now, before).is_worse is worse


def test_only_the_newest_ten_count() -> None:
    before = [75.0] * 10 + [500.0] * 50
    assert recovery_change(150.0, before).usual == 75.0


def test_what_is_unknown_or_has_no_match_is_not_compared() -> None:
    assert changes(RUN, []) == ()
    assert changes(RUN, [replace(RUN, platform="kubernetes")]) == ()
    figures = [change.figure for change in changes(RUN, [RUN])]
    assert figures == [Figure.COST, Figure.RECOVERY]


def started(*days_ago: float) -> list[PastRun]:
    return [
        replace(RUN, run=f"run-{days}", started_at=NOW - timedelta(days=days)) for days in days_ago
    ]


STALE = {
    "yesterday": ([1.0], False),
    "a month ago": ([30.5], True),
    "just under a month ago": ([29.5], False),
    "weekly, missed once": ([13.0, 20.0, 27.0, 34.0], False),
    "weekly, missed twice": ([15.0, 22.0, 29.0, 36.0], True),
    "many on one afternoon": ([1.5, 1.51, 1.52, 1.53], False),
    "many on one afternoon, long ago": ([2.5, 2.51, 2.52, 2.53], True),
    "quarterly is too rare to trust": ([40.0, 130.0, 220.0, 310.0], True),
}


@pytest.mark.parametrize(("days_ago", "stale"), STALE.values(), ids=STALE.keys())
def test_stale_is_two_of_its_intervals_or_thirty_days(days_ago: list[float], stale: bool) -> None:  # noqa: FBT001
    (trend,) = trends(started(*days_ago))
    assert trend.is_stale(NOW) is stale


def test_an_experiment_that_never_ran_is_stale_and_listed() -> None:
    never, ran = trends([RUN], ["a-new-one", "error-burst"])
    assert (never.experiment, never.last, never.is_stale(NOW)) == ("a-new-one", None, True)
    assert (ran.experiment, ran.last) == ("error-burst", RUN)


def test_each_stack_has_a_trend_of_its_own_oldest_run_first() -> None:
    runs = [*started(1.0, 3.0, 2.0), replace(RUN, stack="other")]
    demo, other = trends(runs)
    assert [run.run for run in demo.runs] == ["run-3.0", "run-2.0", "run-1.0"]
    assert other.stack == "other"
