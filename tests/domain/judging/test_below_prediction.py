"""A measured cost far below the predicted one was once a note, and the run was upheld."""

from dataclasses import replace

import pytest

from ironclad.domain.evidence.evidence import Evidence
from ironclad.domain.evidence.intervals import Interval
from ironclad.domain.evidence.journal import Status
from ironclad.domain.evidence.outcome import Verdict
from ironclad.domain.experiment.safeguards import SafeguardName
from ironclad.domain.judging.assessment import assess
from ironclad.domain.judging.below_prediction import below_prediction
from ironclad.domain.judging.check import Answer
from ironclad.domain.judging.verdict import judge
from tests.fakes.game_day.evidence import AVAILABILITY, Scenario, evidence_of, sound_evidence

PREDICTED = 300 / 259_200
"""20 % of a third of 100/s for 45 s, of the budget of 259,200 bad requests."""


def interval(high: float) -> Interval:
    return Interval(0.0, high)


def sentence(evidence: Evidence, high: float) -> str:
    check = below_prediction(evidence, AVAILABILITY, interval(high))
    assert check is None or check.answer is Answer.UNKNOWN
    return "" if check is None else check.sentence


def predicted(evidence: Evidence, **changes: object) -> Evidence:
    plan = evidence.plan
    changed = tuple(replace(one, **changes) for one in plan.predictions)  # type: ignore[arg-type]
    return replace(evidence, plan=replace(plan, predictions=changed))


def test_an_interval_wholly_below_the_prediction_is_not_known() -> None:
    sound = sound_evidence()
    assert sentence(sound, 0.99 * PREDICTED) == (
        "orders-availability cost 0–0.115 %, significantly below the 0.116 % predicted, and nothing"
        " explains it"
    )
    assert sentence(sound, 1.01 * PREDICTED) == ""


def test_a_cost_that_is_hidden_as_a_whole_is_inconclusive() -> None:
    hidden = assess(evidence_of(Scenario(hidden_by="")))
    judgement = judge(hidden)
    assert judgement.verdict is Verdict.INCONCLUSIVE
    assert any("significantly below the 0.116 % predicted" in one for one in judgement.reasons)


@pytest.mark.parametrize(
    "changes",
    [{"is_bound": True}, {"not_predicted": ("burn",)}, {"bad_events": 0.0, "spent_ratio": 0.0}],
    ids=["a bound", "a cost that is not known", "none at all"],
)
def test_only_an_exact_prediction_can_be_missed(changes: dict[str, object]) -> None:
    assert sentence(predicted(sound_evidence(), **changes), 0.1 * PREDICTED) == ""


def test_a_run_that_was_cut_short_costs_less() -> None:
    aborted = replace(sound_evidence(), status=Status.ABORTED)
    assert sentence(aborted, 0.1 * PREDICTED) == ""


def test_a_balancer_that_sent_less_to_the_target_explains_as_much_as_that() -> None:
    """Half of the target's answers came from another replica: half of the cost is due."""
    sound = sound_evidence()
    assert sound.load is not None
    rows = [
        replace(row, replica="orders-2") if row.replica == "orders-1" and row.number % 2 else row
        for row in sound.load.attempts
    ]
    uneven = replace(sound, load=replace(sound.load, attempts=rows))
    assert sentence(uneven, 0.52 * PREDICTED) == ""
    assert "(0.0579 % as it was spread)" in sentence(uneven, 0.48 * PREDICTED)


def masking(scenario: Scenario) -> Evidence:
    evidence = evidence_of(scenario)
    plan = evidence.plan
    expect = replace(plan.experiment.expect, safeguards=(SafeguardName.MASKS_FAILURES,))
    return replace(evidence, plan=replace(plan, experiment=replace(plan.experiment, expect=expect)))


def test_a_safeguard_that_the_experiment_expects_explains_it() -> None:
    assert judge(assess(masking(Scenario(hidden_by="")))).verdict is Verdict.UPHELD


@pytest.mark.parametrize("scenario", [Scenario(), Scenario(hidden_by="wrong_answer/empty")])
def test_a_safeguard_that_masks_nothing_or_wrongly_is_shown_false(scenario: Scenario) -> None:
    judgement = judge(assess(masking(scenario)))
    assert judgement.verdict is Verdict.DEVIATED
    assert any("that a fault touched were bad" in reason for reason in judgement.reasons)
