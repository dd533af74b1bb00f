"""Replicas with the fault against those without: false alarms and what is found, by resampling."""

import random
from dataclasses import replace

import pytest

from ironclad.domain.evidence.evidence import Evidence
from ironclad.domain.judging.assessment import assess
from ironclad.domain.judging.check import Answer
from ironclad.domain.judging.comparison import SUBJECT, RankResult, groups
from ironclad.domain.load.load import Attempt
from tests.fakes.game_day.evidence import Scenario, evidence_of
from trials.verdict.recorded import latencies, resampled

SEEDS = 200


def asking(seen: Evidence) -> Evidence:
    experiment = seen.plan.experiment
    expect = replace(experiment.expect, targets_as_quick_as_others=True)
    return replace(seen, plan=replace(seen.plan, experiment=replace(experiment, expect=expect)))


def slower(seen: Evidence, factor: float, *, since_ever: bool = False) -> Evidence:
    """Let the first replica answer so many times more slowly, from the fault on or all the time."""
    (record,) = seen.faults
    assert record.armed_at is not None
    begins = 0.0 if since_ever else record.armed_at.timestamp()

    def slow(row: Attempt) -> Attempt:
        is_hit = row.replica == "orders-1" and row.intended_at >= begins
        return replace(row, latency_seconds=row.latency_seconds * factor) if is_hit else row

    assert seen.load is not None
    return replace(seen, load=replace(seen.load, attempts=[slow(r) for r in seen.load.attempts]))


def answer(seen: Evidence, result: RankResult) -> Answer | None:
    """Ask with this result of the fault's time, and none at all before it."""
    during_and_before = iter((result, RankResult(p_value=0.5, slower_ratio=0.5)))
    checks = assess(seen, lambda _treated, _control: next(during_and_before)).checks
    return next((one.answer for one in checks if one.subject == SUBJECT), None)


@pytest.mark.parametrize(
    ("result", "said"),
    [
        (RankResult(p_value=0.0001, slower_ratio=0.9), Answer.REFUTED),
        (RankResult(p_value=0.0001, slower_ratio=0.55), Answer.SHOWN),
        (RankResult(p_value=0.3, slower_ratio=0.7), Answer.SHOWN),
    ],
    ids=["slower", "a trifle", "chance"],
)
def test_only_a_large_effect_that_is_no_chance_counts(result: RankResult, said: Answer) -> None:
    assert answer(asking(evidence_of(Scenario())), result) is said


def test_no_comparison_unasked_or_without_a_test() -> None:
    seen = evidence_of(Scenario())
    assert answer(seen, RankResult(p_value=0.0, slower_ratio=1.0)) is None
    (check,) = [one for one in assess(asking(seen)).checks if one.subject == SUBJECT]
    assert check.answer is Answer.UNKNOWN


def test_the_groups_are_of_the_same_seconds() -> None:
    found = groups(evidence_of(Scenario()))
    assert found.are_enough
    assert len(found.control) == pytest.approx(2 * 45 * 100 / 3, rel=0.05)


def test_a_replica_three_times_as_slow_is_found_and_an_equal_one_is_not() -> None:
    pytest.importorskip("scipy")
    from ironclad.report.rank_test import mann_whitney  # noqa: PLC0415

    control = list(groups(evidence_of(Scenario())).control)
    alarms = found = 0
    for seed in range(SEEDS):
        dice = random.Random(seed)  # noqa: S311
        one, other = (dice.choices(control, k=len(control) // 2) for _ in range(2))
        alarms += mann_whitney(one, other).is_slower
        found += mann_whitney([3 * seconds for seconds in one], other).is_slower
    assert alarms <= 0.05 * SEEDS
    assert found >= 0.95 * SEEDS


def test_the_whole_way_with_the_library() -> None:
    pytest.importorskip("scipy")
    from ironclad.report.rank_test import mann_whitney  # noqa: PLC0415

    seen = asking(evidence_of(Scenario()))
    for factor, said in ((1.0, Answer.SHOWN), (3.0, Answer.REFUTED)):
        checks = assess(slower(seen, factor), mann_whitney).checks
        assert [one.answer for one in checks if one.subject == SUBJECT] == [said]


def test_of_a_replica_that_was_slower_before_nothing_is_known() -> None:
    pytest.importorskip("scipy")
    from ironclad.report.rank_test import mann_whitney  # noqa: PLC0415

    seen = slower(asking(evidence_of(Scenario())), 3.0, since_ever=True)
    (check,) = [one for one in assess(seen, mann_whitney).checks if one.subject == SUBJECT]
    assert check.answer is Answer.UNKNOWN
    assert "before the fault: the effect of the fault on them is not known" in check.sentence


@pytest.mark.parametrize(
    ("before", "during", "is_slower"),
    [
        pytest.param(0.5, 0.64, True, id="as quick as the others, then slower"),
        pytest.param(0.55, 0.66, False, id="a bit slower, then hardly more"),
        pytest.param(0.55, 0.7, True, id="a bit slower, then much"),
        pytest.param(0.4, 0.64, True, id="quicker, then slower"),
        pytest.param(0.4, 0.6, False, id="quicker, then nearly as slow"),
    ],
)
def test_what_it_was_before_is_taken_off(
    before: float,
    during: float,
    is_slower: bool,  # noqa: FBT001
) -> None:
    was = RankResult(p_value=0.0, slower_ratio=before)
    assert RankResult(p_value=0.0, slower_ratio=during).has_become_slower(was) is is_slower


def test_so_it_is_with_latencies_that_a_real_stack_had() -> None:
    pytest.importorskip("scipy")
    from ironclad.report.rank_test import mann_whitney  # noqa: PLC0415

    recorded, alarms, found = latencies(), 0, 0
    assert len(recorded) == 3
    for seed in range(SEEDS):
        drawn = resampled(recorded, seed)
        alarms += mann_whitney(drawn.treated, drawn.control).is_slower
        found += mann_whitney([3 * one for one in drawn.treated], drawn.control).is_slower
    assert alarms <= 0.05 * SEEDS
    assert found >= 0.95 * SEEDS
