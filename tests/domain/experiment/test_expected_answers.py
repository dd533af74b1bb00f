"""A service that answers 404 to everything once had a sound baseline: "1,500 sent, 0 failed"."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from ironclad.domain.evidence.evidence import Evidence
from ironclad.domain.evidence.outcome import Verdict
from ironclad.domain.experiment.expected_answer import (
    Expected,
    WrongAnswerError,
    acknowledged,
    any_answer,
    created,
    is_expected,
    list_of_orders,
    mix,
)
from ironclad.domain.experiment.experiment import Load, Mix
from ironclad.domain.experiment.pacer import Constant
from ironclad.domain.experiment.steady_state import deviation
from ironclad.domain.judging.assessment import assess
from ironclad.domain.judging.verdict import judge
from ironclad.domain.load.load import Attempt, LoadSecond, Operation
from ironclad.load.account import Account
from ironclad.load.mix import Requests
from ironclad.report.formats.html import html_of
from ironclad.report.formats.rendering import markdown_of
from ironclad.report.parts.assembly import report_of
from tests.fakes.game_day.evidence import AVAILABILITY, Scenario, evidence_of
from tests.fakes.load.attempts import attempt

ORDERS = Load(pacer=Constant(50.0), mix=Mix(), timeout=timedelta(seconds=2))
SMALL = Scenario(rate=20.0, target=0.99, at_most_ratio=0.02)
READ, WRITE = Operation.READ, Operation.WRITE


@pytest.mark.parametrize(
    ("operation", "status", "path", "expected"),
    [
        (READ, 200, None, True),
        (WRITE, 201, None, True),
        (WRITE, 200, None, False),
        (READ, 404, None, False),
        (READ, 301, None, False),
        (READ, 401, None, False),
        (READ, 204, None, False),
        (READ, None, None, False),
        (READ, 503, None, False),
        (READ, 204, "/shop", True),
        (READ, 302, "/shop", False),
        (READ, 404, "/shop", False),
    ],
)
def test_each_request_expects_a_status(
    operation: Operation, status: int | None, path: str | None, *, expected: bool
) -> None:
    """By the backend's routes: POST is 201, GET 200. Of a path of one's own any success."""
    row = attempt(operation=operation, status=status)
    assert is_expected(replace(ORDERS, path=path), row) is expected


def test_the_generator_counts_answers_and_those_that_were_not_expected() -> None:
    account, requests = Account(begun_at=1_000), Requests(ORDERS, seed=1)
    rows = [attempt(status=200), attempt(status=404), attempt(status=None, error="timeout")]
    for row in rows:
        expected = requests.draw().met(row)
        account.answered(row, now=1_000.5, is_expected=expected)
    account.close()
    (second,) = account.take()
    assert second.answers == {"200": 1, "404": 1, "timeout": 1}
    assert (second.ok, second.failed, second.unexpected) == (2, 1, 2)


SENT = {"item": "anvil", "quantity": 2, "price_cents": 300}
KNOWN = acknowledged(ORDERS, SENT, "7")
CREATED = created(ORDERS, SENT)
LISTED = list_of_orders(ORDERS)
BODY = b'{"id": 7, "item": "anvil", "quantity": 2, "price_cents": 300, "since": "a later version"}'
OTHER = BODY.replace(b"anvil", b"drill")


@pytest.mark.parametrize(
    ("expected", "status", "content_type", "body"),
    [
        (KNOWN, 200, "application/json", BODY),
        (KNOWN, 200, "Application/JSON; charset=utf-8", BODY),
        (KNOWN, 429, "text/html", b""),
        (KNOWN, 503, "", b""),
        (CREATED, 201, "application/json", BODY),
        (CREATED, 404, "text/html", b"no such page"),
        (LISTED, 200, "application/json", b'{"orders": [], "next": null}'),
        (any_answer(replace(ORDERS, path="/shop")), 204, "", b""),
    ],
)
def test_a_right_answer_and_a_refusal_are_no_wrong_one(
    expected: Expected, status: int, content_type: str, body: bytes
) -> None:
    expected.read(status, content_type, body)


@pytest.mark.parametrize(
    ("expected", "status", "content_type", "body", "wrong"),
    [
        (KNOWN, 200, "application/json", b"", "empty"),
        (KNOWN, 200, "text/html", BODY, "content-type"),
        (KNOWN, 200, "", BODY, "content-type"),
        (KNOWN, 200, "application/json", BODY[:-2], "malformed"),
        (KNOWN, 200, "application/json", b"[" * 100_000, "malformed"),
        (KNOWN, 200, "application/json", b"\xff\xfe\xff", "malformed"),
        (KNOWN, 200, "application/json", OTHER, "foreign"),
        (KNOWN, 200, "application/json", BODY.replace(b"7", b"8", 1), "foreign"),
        (KNOWN, 200, "application/json", b"[]", "foreign"),
        (KNOWN, 200, "application/json", b"null", "foreign"),
        (KNOWN, 204, "", b"", "status"),
        (KNOWN, 302, "", b"", "status"),
        (KNOWN, 404, "application/json", b"{}", "missing"),
        (KNOWN, 410, "", b"", "missing"),
        (CREATED, 200, "application/json", BODY, "status"),
        (CREATED, 201, "application/json", b"", "empty"),
        (CREATED, 201, "application/json", OTHER, "foreign"),
        (CREATED, 201, "application/json", BODY.replace(b'"id": 7, ', b""), "foreign"),
        (LISTED, 200, "application/json", b"{}", "foreign"),
        (LISTED, 200, "application/json", b'{"orders": [{}]}', "foreign"),
        (any_answer(replace(ORDERS, path="/shop")), 302, "", b"", "status"),
    ],
)
def test_a_success_that_is_not_what_was_asked_for_is_a_wrong_answer(
    expected: Expected, status: int, content_type: str, body: bytes, wrong: str
) -> None:
    with pytest.raises(WrongAnswerError, match=f"^wrong_answer/{wrong}$"):
        expected.read(status, content_type, body)


def test_a_body_that_was_right_once_is_right_again_and_no_other_is() -> None:
    expected = acknowledged(ORDERS, SENT, "7", answer=BODY)
    expected.read(200, "application/json", BODY)
    for status, content_type, body in (
        (204, "application/json", BODY),
        (200, "text/html", BODY),
        (200, "application/json", BODY[:-2]),
        (200, "application/json", OTHER),
    ):
        with pytest.raises(WrongAnswerError):
            expected.read(status, content_type, body)
    expected.read(200, "application/json", BODY.replace(b" ", b""))


def test_a_wrong_answer_is_bad_and_unexpected_and_named_with_its_status() -> None:
    account = Account(begun_at=1_000)
    row = attempt(status=200, error="wrong_answer/empty")
    account.answered(row, now=1_000.5, is_expected=is_expected(ORDERS, row))
    account.close()
    (found,) = account.take()
    assert found.answers == {"wrong_answer/empty (200)": 1}
    assert (found.ok, found.failed, found.unexpected) == (0, 1, 1)


def second(answers: dict[str, int], unexpected: int) -> LoadSecond:
    return LoadSecond(
        at=0.0,
        sent=100,
        ok=100,
        failed=0,
        late=0,
        unsent=0,
        in_flight=1,
        latency_p95_seconds=0.01,
        marked={},
        answers=answers,
        unexpected=unexpected,
    )


@pytest.mark.parametrize(
    ("answers", "unexpected", "said"),
    [
        ({"404": 100}, 100, "only 0 % of the baseline's 100 answers"),
        ({"301": 80, "201": 20}, 80, "80 × 301, 20 × 201"),
        ({"401": 100}, 100, "(201 to a write, 200 to a read, with its order): 100 × 401"),
        ({"200": 100}, 20, "only 80 % of the baseline's 100 answers"),
        ({"200": 78, "201": 20, "404": 2}, 2, "78 × 200, 20 × 201, 2 × 404"),
    ],
)
def test_a_baseline_of_other_answers_is_none(
    answers: dict[str, int], unexpected: int, said: str
) -> None:
    found = deviation([second(answers, unexpected)], [AVAILABILITY], 100, ORDERS)
    assert said in (found or "")


def test_a_baseline_of_which_99_percent_are_expected_holds() -> None:
    answers = {"200": 79, "201": 20, "404": 1}
    assert deviation([second(answers, 1)], [AVAILABILITY], 100, ORDERS) is None


def test_a_mix_is_written_with_the_most_frequent_first() -> None:
    assert mix({"201": 300, "404": 1_200}) == "1,200 × 404, 300 × 201"
    assert mix({}) == "no answer"


def answering(status: int, begin: float, end: float) -> Evidence:
    """Let the service answer every request with one status in some seconds of the load."""
    evidence = evidence_of(SMALL)
    assert evidence.load is not None
    zero = evidence.load.started_at.timestamp()

    def changed(row: Attempt) -> Attempt:
        return replace(row, status=status) if begin <= row.intended_at - zero < end else row

    rows = [changed(row) for row in evidence.load.attempts]
    return replace(evidence, load=replace(evidence.load, attempts=rows))


@pytest.mark.parametrize("status", [404, 302, 401, 204])
def test_a_verdict_on_such_a_baseline_is_inconclusive_even_if_the_run_went_on(status: int) -> None:
    judgement = judge(assess(answering(status, 0, 31)))
    assert judgement.verdict is Verdict.INCONCLUSIVE
    assert judgement.reason.startswith("only 0 % of the baseline's 601 answers are what")
    assert f"601 × {status}" in judgement.reason


def test_answers_that_no_request_expects_prove_no_recovery() -> None:
    evidence = answering(404, 76, 500)
    recovery = assess(evidence).recovery
    assert recovery.proven is None
    assert "of them not good" in recovery.check.sentence
    assert "× 404" in recovery.check.sentence


@pytest.mark.parametrize("form", [markdown_of, html_of])
def test_the_report_shows_the_answers_of_every_phase(form: Callable[..., str]) -> None:
    evidence = answering(404, 76, 500)
    report = report_of(evidence)
    text = form(report, evidence)
    baseline, _, recovery = report.phases
    assert set(baseline.answers) == {"200", "201"}
    assert baseline.expected == baseline.sent
    assert recovery.answers["404"] > recovery.expected
    for phase in report.phases:
        assert mix(phase.answers) in text
