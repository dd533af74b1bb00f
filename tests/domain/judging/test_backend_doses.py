"""The dose of faults that tell little of themselves: never a pass for want of a contradiction."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ironclad.domain.evidence import attempt_stats
from ironclad.domain.evidence.evidence import Evidence, FaultRecord
from ironclad.domain.experiment.experiment import Fault
from ironclad.domain.faults.catalogue import FaultKind
from ironclad.domain.judging.check import Answer
from ironclad.domain.judging.dose.faults_as_asked import FaultAssessment, assess_faults
from ironclad.domain.load.load import Attempt
from tests.fakes.game_day.evidence import sound_evidence
from tests.fakes.load.attempts import attempt

Change = Callable[[Attempt], Attempt]


def assessed(evidence: Evidence) -> FaultAssessment:
    (found,) = assess_faults(evidence)
    return found


def of_kind(kind: FaultKind, **changes: object) -> Evidence:
    """The sound error burst, as if its fault had been of another kind."""
    sound = sound_evidence()
    (planned,) = sound.plan.faults
    fault: Fault = replace(planned.fault, kind=kind, status=None, **changes)  # type: ignore[arg-type]
    return replace(sound, plan=replace(sound.plan, faults=(replace(planned, fault=fault),)))


def with_rows(evidence: Evidence, change: Change) -> Evidence:
    """Change what clients saw of the requests that the fault hit."""
    assert evidence.load is not None
    rows = tuple(change(row) if row.fault else row for row in evidence.load.attempts)
    return replace(evidence, load=replace(evidence.load, attempts=rows))


def with_record(evidence: Evidence, **changes: object) -> Evidence:
    (record,) = evidence.faults
    changed: FaultRecord = replace(record, **changes)  # type: ignore[arg-type]
    return replace(evidence, faults=(changed,))


def unanswered(row: Attempt) -> Attempt:
    return replace(row, status=None, error="reset", replica="", fault="")


def by_the_balancer(row: Attempt) -> Attempt:
    return replace(row, status=502, replica="", fault="")


def timed_out(row: Attempt) -> Attempt:
    return replace(row, status=None, error="timeout", latency_seconds=2, replica="", fault="")


def untouched(row: Attempt) -> Attempt:
    return replace(row, status=200, fault="")


def late(row: Attempt) -> Attempt:
    return replace(row, status=200, latency_seconds=30.0)


@pytest.mark.parametrize(
    ("kind", "change"),
    [
        (FaultKind.CONNECTION_RESET, unanswered),
        (FaultKind.CONNECTION_RESET, by_the_balancer),
        (FaultKind.HANG, timed_out),
        (FaultKind.HANG, late),
    ],
)
def test_what_stays_without_an_answer_confirms_the_replicas_tally(
    kind: FaultKind, change: Change
) -> None:
    fault = assessed(with_rows(of_kind(kind), change))
    assert fault.is_held, fault.check.sentence
    assert fault.check.sentence == "the fault errors hit 20.1 % of 1,501 requests"
    assert fault.measured.marked == pytest.approx(301, abs=15)


@pytest.mark.parametrize("kind", [FaultKind.HANG, FaultKind.CONNECTION_RESET])
def test_a_tally_that_no_client_confirms_is_no_dose(kind: FaultKind) -> None:
    fault = assessed(with_rows(of_kind(kind), untouched))
    assert not fault.is_held
    assert "clients saw errors on 0 % of" in fault.check.sentence


def test_clients_failures_without_a_tally_are_no_dose() -> None:
    evidence = with_rows(of_kind(FaultKind.CONNECTION_RESET), unanswered)
    assert "not known" in assessed(with_record(evidence, seen=None, hit=None)).check.sentence
    none = assessed(with_record(evidence, seen=1501, hit=0))
    assert not none.is_held


def test_more_failures_than_the_tally_do_not_refute_it() -> None:
    evidence = with_rows(of_kind(FaultKind.CONNECTION_RESET), unanswered)
    assert evidence.load is not None
    (record,) = evidence.faults
    assert record.armed_at is not None
    since = record.armed_at.timestamp()
    more = [
        replace(attempt(at=since + n / 10, status=None, error="refused"), replica="")
        for n in range(200)
    ]
    rows = (*evidence.load.attempts, *more)
    crowded = replace(evidence, load=replace(evidence.load, attempts=rows))
    assert assessed(crowded).is_held


@pytest.mark.parametrize("kind", [FaultKind.DATABASE_SLOW, FaultKind.DATABASE_ERROR])
def test_a_fault_on_queries_needs_a_marked_answer_and_an_exact_tally(kind: FaultKind) -> None:
    fault = assessed(of_kind(kind))
    assert fault.check.sentence == "the fault errors hit 20.1 % of 1,501 queries"
    assert fault.is_held
    assert "no client saw" in assessed(with_rows(of_kind(kind), untouched)).check.sentence
    wrong = assessed(with_record(of_kind(kind), hit=600))
    assert "hit 40 % of 1,501 queries instead of 20 %" in wrong.check.sentence


def test_a_database_that_was_not_slow_is_no_dose() -> None:
    quick = assessed(of_kind(FaultKind.DATABASE_SLOW, delay=timedelta(milliseconds=300)))
    assert quick.check.sentence == (
        "the service hid errors: 281 of 281 answers that it touched did not show the delay of"
        " 300 ms"
    )
    assert not quick.is_held


def answered(status: int, error: str = "", seconds: float = 0.01) -> Change:
    return lambda row: replace(row, status=status, error=error, latency_seconds=seconds)


DELAY = timedelta(milliseconds=600)
JITTER = timedelta(milliseconds=200)


@pytest.mark.parametrize(
    ("kind", "changes", "hidden", "shown", "words"),
    [
        (FaultKind.ERROR, {"status": 503}, answered(200), answered(503), "the status 503"),
        (FaultKind.ERROR, {"status": 500}, answered(503), answered(500), "the status 500"),
        (FaultKind.ERROR, {"status": 429}, answered(200), answered(429), "the status 429"),
        (
            FaultKind.ERROR,
            {"status": 503},
            answered(200, "wrong_answer/empty"),
            answered(503),
            "the status 503",
        ),
        (
            FaultKind.LATENCY,
            {"delay": DELAY},
            answered(200, seconds=0.5),
            answered(200, seconds=0.61),
            "the delay of 600 ms",
        ),
        (
            FaultKind.LATENCY,
            {"delay": DELAY, "jitter": JITTER},
            answered(200, seconds=0.3),
            answered(200, seconds=0.65),
            "the delay of 400 ms",
        ),
        (FaultKind.BREAKER_OPEN, {}, answered(200), answered(503), "a 5xx"),
        (FaultKind.DATABASE_ERROR, {}, answered(200), answered(500), "a 5xx"),
        (
            FaultKind.DATABASE_SLOW,
            {"delay": DELAY},
            answered(200),
            answered(200, seconds=0.7),
            "the delay of 600 ms",
        ),
        (FaultKind.HANG, {}, answered(200), answered(200, seconds=30.0), "no answer"),
    ],
)
def test_a_mark_without_the_effect_that_was_armed_is_a_fault_that_the_service_hid(
    kind: FaultKind, changes: dict[str, object], hidden: Change, shown: Change, words: str
) -> None:
    """Once each marked 503 became a 200 with an empty body, and the dose counted as held."""
    sound = sound_evidence()
    (planned,) = sound.plan.faults
    fault: Fault = replace(planned.fault, kind=kind, **{"status": None, **changes})  # type: ignore[arg-type]
    armed = replace(sound, plan=replace(sound.plan, faults=(replace(planned, fault=fault),)))
    assert assessed(with_rows(armed, shown)).is_held
    found = assessed(with_rows(armed, hidden))
    assert not found.is_held
    assert found.check.answer is Answer.UNKNOWN
    assert found.check.sentence.startswith("the service hid errors: ")
    assert found.check.sentence.endswith(f"answers that it touched did not show {words}")


def test_a_few_hidden_answers_leave_a_dose_held() -> None:
    """One retry in a hundred lies within what the clients' count may be off by."""
    numbers = iter(range(1_000))

    def rarely(row: Attempt) -> Attempt:
        return replace(row, status=200 if next(numbers) % 100 == 0 else row.status)

    assert assessed(with_rows(sound_evidence(), rarely)).is_held


@pytest.mark.parametrize(
    ("changes", "sentence", "is_held"),
    [
        ({"cpu_seconds": 44.0}, "the fault errors burnt 44 s of CPU of the 45 s asked for", True),
        ({"cpu_seconds": 9.0}, "the fault errors burnt 9 s of CPU of the 45 s asked for", True),
        ({"cpu_seconds": 2.0}, "the fault errors burnt 2 s of CPU instead of 45 s", False),
        ({}, "how much CPU errors burnt is not known: its replicas could not be asked", False),
        (
            {"cpu_seconds": 44.0, "lapsed": True, "problem": "it ended"},
            "the fault errors lapsed while it was wanted: it ended",
            False,
        ),
    ],
)
def test_a_burn_is_held_when_it_ran(
    changes: dict[str, object],
    sentence: str,
    is_held: bool,  # noqa: FBT001
) -> None:
    evidence = with_record(of_kind(FaultKind.CPU_BURN, cores=1.0, share=1.0), **changes)
    assert assessed(evidence).check.sentence == sentence
    assert assessed(evidence).is_held is is_held


@pytest.mark.parametrize(
    ("held", "sentence", "is_held"),
    [
        (220 << 20, "the fault errors held 220 MiB on each target", True),
        (100 << 20, "the fault errors held 100 MiB instead of 200 MiB", False),
        (None, "how much memory errors held is not known: its replicas could not be asked", False),
    ],
)
def test_memory_is_held_when_all_of_it_was(
    held: int | None,
    sentence: str,
    is_held: bool,  # noqa: FBT001
) -> None:
    wanted = of_kind(FaultKind.MEMORY_PRESSURE, size_bytes=200 << 20, share=1.0)
    fault = assessed(with_record(wanted, held_bytes=held))
    assert fault.check.sentence == sentence
    assert fault.is_held is is_held


def cut_after(evidence: Evidence, seconds: float) -> Evidence:
    """The plan ended the target; the process that came after it answers without a mark."""
    (record,) = evidence.faults
    assert record.armed_at is not None
    at: datetime = record.armed_at + timedelta(seconds=seconds)

    def healed(row: Attempt) -> Attempt:
        return untouched(row) if row.sent_at >= at.timestamp() else row

    seen = round(seconds * 100 / 3)
    cut = with_record(evidence, cut={"orders-1": at}, seen=seen, hit=round(seen / 5))
    return with_rows(cut, healed)


def test_a_fault_that_the_plan_cut_short_is_judged_until_then() -> None:
    fault = assessed(cut_after(sound_evidence(), 20))
    assert fault.is_held, fault.check.sentence
    assert fault.check.sentence.endswith("and ended with the process of orders-1, as planned")
    assert fault.measured.answered == pytest.approx(667, abs=2)


def test_the_same_without_the_plan_is_another_dose() -> None:
    (record,) = cut_after(sound_evidence(), 20).faults
    unplanned = with_record(cut_after(sound_evidence(), 20), cut={}, seen=record.seen)
    assert not assessed(unplanned).is_held


@given(
    rows=st.lists(
        st.tuples(
            st.floats(-5, 15), st.sampled_from(["one", "two", ""]), st.sampled_from(["", "f"])
        ),
        max_size=60,
    )
)
def test_no_row_counts_twice_and_none_from_outside(rows: list[tuple[float, str, str]]) -> None:
    attempts = [
        replace(attempt(at=at, status=200 if replica else None, fault=mark), replica=replica)
        for at, replica, mark in rows
    ]
    dose = attempt_stats.unanswered_dose(attempts, "f", {"one": (0.0, 10.0)}, 2.0)
    inside = [row for row in attempts if 0 <= row.sent_at < 10 and row.replica != "two"]
    assert 0 <= dose.marked <= dose.answered <= len(inside)
