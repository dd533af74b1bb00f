"""Replicas with the fault against those without: false alarms and what is found, by resampling."""

import random
from dataclasses import replace

import pytest

from ironclad.domain.evidence.evidence import Evidence
from ironclad.domain.evidence.ranks import RankResult, rank_test
from ironclad.domain.judging.assessment import assess
from ironclad.domain.judging.check import Answer
from ironclad.domain.judging.comparison import SUBJECT, groups
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


def answer(seen: Evidence) -> Answer | None:
    return next((one.answer for one in assess(seen).checks if one.subject == SUBJECT), None)


@pytest.mark.parametrize(
    ("result", "is_higher"),
    [
        (RankResult(p_value=0.0001, higher_ratio=0.9), True),
        (RankResult(p_value=0.0001, higher_ratio=0.55), False),
        (RankResult(p_value=0.3, higher_ratio=0.7), False),
    ],
    ids=["slower", "a trifle", "chance"],
)
def test_only_a_large_effect_that_is_no_chance_counts(
    result: RankResult,
    is_higher: bool,  # noqa: FBT001
) -> None:
    assert result.is_higher is is_higher


def test_an_experiment_that_does_not_ask_is_not_compared() -> None:
    assert answer(evidence_of(Scenario())) is None


def test_the_groups_are_of_the_same_seconds() -> None:
    found = groups(evidence_of(Scenario()))
    assert found.are_enough
    assert len(found.control) == pytest.approx(2 * 45 * 100 / 3, rel=0.05)


def test_a_replica_three_times_as_slow_is_found_and_an_equal_one_is_not() -> None:
    control = list(groups(evidence_of(Scenario())).control)
    alarms = found = 0
    for seed in range(SEEDS):
        dice = random.Random(seed)  # noqa: S311
        one, other = (dice.choices(control, k=len(control) // 2) for _ in range(2))
        alarms += rank_test(one, other).is_higher
        found += rank_test([3 * seconds for seconds in one], other).is_higher
    assert alarms <= 0.05 * SEEDS
    assert found >= 0.95 * SEEDS


def test_the_whole_way() -> None:
    seen = asking(evidence_of(Scenario()))
    for factor, said in ((1.0, Answer.SHOWN), (3.0, Answer.REFUTED)):
        checks = assess(slower(seen, factor)).checks
        assert [one.answer for one in checks if one.subject == SUBJECT] == [said]


def test_of_a_replica_that_was_slower_before_nothing_is_known() -> None:
    seen = slower(asking(evidence_of(Scenario())), 3.0, since_ever=True)
    (check,) = [one for one in assess(seen).checks if one.subject == SUBJECT]
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
    was = RankResult(p_value=0.0, higher_ratio=before)
    assert RankResult(p_value=0.0, higher_ratio=during).has_become_higher(was) is is_slower


def test_so_it_is_with_latencies_that_a_real_stack_had() -> None:
    recorded, alarms, found = latencies(), 0, 0
    assert len(recorded) == 3
    for seed in range(SEEDS):
        drawn = resampled(recorded, seed)
        alarms += rank_test(drawn.treated, drawn.control).is_higher
        found += rank_test([3 * one for one in drawn.treated], drawn.control).is_higher
    assert alarms <= 0.05 * SEEDS
    assert found >= 0.95 * SEEDS
