"""A service that answers 200 with nothing was once upheld: each marked 503 became an empty 200."""

from dataclasses import replace

import pytest

from ironclad.domain.evidence.attempt_stats import failures, within
from ironclad.domain.evidence.evidence import Evidence
from ironclad.domain.evidence.journal import Status
from ironclad.domain.evidence.machine import MachineSecond
from ironclad.domain.evidence.outcome import Verdict
from ironclad.domain.judging.advice.recommendations import recommendations
from ironclad.domain.judging.assessment import assess
from ironclad.domain.judging.verdict import Judgement, judge
from ironclad.domain.load.load import Attempt
from ironclad.report.formats.html import html_of
from ironclad.report.formats.rendering import markdown_of
from ironclad.report.parts.assembly import report_of
from tests.fakes.game_day.evidence import Scenario, evidence_of, sound_evidence

EMPTY = evidence_of(Scenario(hidden_by="wrong_answer/empty"))
RIGHT = evidence_of(Scenario(hidden_by=""))


def judged(evidence: Evidence) -> Judgement:
    return judge(assess(evidence))


def with_rows(evidence: Evidence, rows: list[Attempt]) -> Evidence:
    assert evidence.load is not None
    return replace(evidence, load=replace(evidence.load, attempts=rows))


def test_a_failure_that_is_turned_into_an_empty_success_deviates() -> None:
    judgement = judged(EMPTY)
    assert judgement.verdict is Verdict.DEVIATED
    assert judgement.reason.startswith(
        "301 of 13,800 answers were wrong: 249 × wrong_answer/empty (200), 52 × wrong_answer/empty"
        " (201); the objectives' indicators count them as good"
    )
    assert any("the service hid errors" in reason for reason in judgement.reasons)


def test_a_failure_that_is_turned_into_the_right_answer_leaves_the_dose_unknown() -> None:
    judgement = judged(RIGHT)
    assert judgement.verdict is Verdict.INCONCLUSIVE
    assert any("the service hid errors" in reason for reason in judgement.reasons)


def test_one_wrong_answer_deviates_whatever_else_is_well() -> None:
    judgement = judged(evidence_of(Scenario(wrong_at=(100.0,))))
    assert judgement.verdict is Verdict.DEVIATED
    assert judgement.reasons == (
        (
            "1 of 13,800 answers were wrong: 1 × wrong_answer/foreign (200); the objectives'"
            " indicators count them as good"
        ),
    )


def test_what_the_indicator_counts_as_good_is_its_blind_spot_and_no_disagreement() -> None:
    for budget in assess(EMPTY).budgets:
        assert budget.sources.reconciled
        assert budget.sources.blind_spot.wrong_answers == 301
    assert "301 with a wrong answer" in assess(EMPTY).budgets[0].sources.explanation


def test_wrong_answers_are_no_lost_counts_where_a_replica_restarted() -> None:
    evidence = evidence_of(Scenario(hidden_by="wrong_answer/empty", restart_at=100.0))
    assert all(budget.sources.reconciled for budget in assess(evidence).budgets)


def test_a_baseline_that_wrong_answers_ended_deviates() -> None:
    """Shown false beats missing data: the service was broken before anybody broke it."""
    ended = replace(
        evidence_of(Scenario(wrong_at=tuple(map(float, range(1, 30))))),
        status=Status.ABORTED,
        status_reason="0.9 % of the baseline's requests failed",
        aborted_by="baseline",
    )
    assert judged(ended).verdict is Verdict.DEVIATED
    assert judged(replace(ended, aborted_by="alex")).verdict is Verdict.INCONCLUSIVE
    right = replace(ended, load=sound_evidence().load)
    assert judged(right).verdict is Verdict.INCONCLUSIVE


def test_no_busy_machine_makes_an_answer_wrong() -> None:
    wrong_at = tuple(n / 10 for n in range(400, 500))
    evidence = evidence_of(Scenario(really_share=0.0, wrong_at=wrong_at))
    assert evidence.load is not None
    began = evidence.load.started_at.timestamp()
    busy = MachineSecond(
        start=began,
        end=began + 200,
        others_ratio=0.9,
        stack_ratio=0.1,
        waited_ratio=0.9,
        lag_seconds=0.0,
    )
    ended = replace(
        evidence, status=Status.ABORTED, aborted_by="condition", machine=(busy,), status_reason="x"
    )
    assert judged(ended).verdict is Verdict.DEVIATED


def test_a_service_of_which_no_answer_is_right_is_the_wrong_service() -> None:
    assert EMPTY.load is not None
    rows = [replace(row, status=200, error="wrong_answer/malformed") for row in EMPTY.load.attempts]
    judgement = judged(with_rows(EMPTY, rows))
    assert judgement.verdict is Verdict.INCONCLUSIVE
    assert "wrong_answer/malformed (200)" in judgement.reason


def test_every_form_of_the_report_names_wrong_answers() -> None:
    report = report_of(EMPTY)
    _, fault, _ = report.phases
    assert fault.answers["wrong_answer/empty (200)"] == 249
    assert report.load.wrong == 301
    assert sum(phase.failed for phase in report.phases) == 301
    for form in (markdown_of, html_of):
        text = form(report, EMPTY).replace("\\", "")
        assert "wrong_answer/empty (200)" in text
        assert "a success that holds nothing" in text


@pytest.mark.parametrize(
    ("wrong", "remedy"),
    [
        ("empty", "with its own status"),
        ("status", "with its own status"),
        ("foreign", "by the whole id"),
        ("missing", "where the write went"),
        ("of a later version", "with its own status"),
    ],
)
def test_each_wrong_answer_has_its_remedy(wrong: str, remedy: str) -> None:
    evidence = evidence_of(Scenario(hidden_by=f"wrong_answer/{wrong}"))
    found = [one.recommendation for one in recommendations(evidence, assess(evidence))]
    assert any(remedy in words for words in found)


def test_an_indicator_sees_no_more_than_the_status() -> None:
    assert EMPTY.load is not None
    assert failures(EMPTY.load.attempts).bad == 0
    assert failures(within(sound_evidence().load.attempts, 0, 2e9)).bad == 301  # type: ignore[union-attr]
