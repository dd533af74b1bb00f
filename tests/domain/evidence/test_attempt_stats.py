"""What the client's rows say."""

from datetime import UTC, datetime

import pytest

from ironclad.domain.evidence import attempt_stats
from ironclad.domain.evidence.attempt_stats import BlindSpot, Dose
from ironclad.domain.evidence.journal import PhaseName, PhaseSpan
from ironclad.domain.load.load import Attempt, Operation
from ironclad.domain.slo.slo import Counts
from tests.fakes.load.attempts import attempt


@pytest.mark.parametrize(
    ("row", "is_bad"),
    [
        pytest.param(attempt(status=200), False, id="200"),
        pytest.param(attempt(status=404), False, id="a 4xx is good"),
        pytest.param(attempt(status=429), False, id="so is 429"),
        pytest.param(attempt(status=500), True, id="500"),
        pytest.param(attempt(status=503), True, id="503"),
        pytest.param(attempt(status=None, error="timeout"), True, id="no answer in time"),
        pytest.param(attempt(status=None, error="reset"), True, id="a reset"),
        pytest.param(attempt(status=200, error="wrong_answer/empty"), True, id="an empty 200"),
        pytest.param(attempt(status=404, error="wrong_answer/missing"), True, id="a lost order"),
    ],
)
def test_a_row_is_bad_for_the_client(row: Attempt, is_bad: bool) -> None:  # noqa: FBT001
    assert attempt_stats.counts([row]) == Counts(1, int(is_bad))


def test_a_row_belongs_to_the_phase_in_which_it_was_due() -> None:
    rows = [attempt(at=9.9, latency=5), attempt(at=10.0), attempt(at=25.0)]
    spans = [
        PhaseSpan(PhaseName.BASELINE, moment(0), moment(10)),
        PhaseSpan(PhaseName.FAULT, moment(10), None),
    ]
    assert {name: len(part) for name, part in attempt_stats.by_phase(rows, spans).items()} == {
        PhaseName.BASELINE: 1,
        PhaseName.FAULT: 2,
    }


def moment(epoch_seconds: float) -> datetime:
    return datetime.fromtimestamp(epoch_seconds, UTC)


def test_replicas_are_counted_apart() -> None:
    rows = [attempt(at=1.1), attempt(at=1.9, status=503), attempt(at=3.0, replica="two")]
    assert attempt_stats.by_replica(rows) == {"one": Counts(2, 1), "two": Counts(1, 0)}


def test_the_dose_counts_what_targets_answered_while_the_fault_was_surely_armed() -> None:
    rows = [
        attempt(at=11, fault="errors,slow"),
        attempt(at=12),
        attempt(at=13, fault="more-errors"),
        attempt(at=9.999, fault="errors"),  # sent before
        attempt(at=19.995, latency=0.01, fault="errors"),  # answered after
        attempt(at=14, replica="two", fault="errors"),  # no target
        attempt(at=15, status=None, replica=""),  # of an unknown replica
    ]
    dose = attempt_stats.dose(rows, "errors", ["one"], 10, 20, shows=always)
    assert dose == Dose(answered=3, marked=1)
    assert dose.ratio == pytest.approx(1 / 3)


def always(_row: Attempt) -> bool:
    return True


def test_a_dose_of_nothing_has_no_ratio() -> None:
    assert attempt_stats.dose([], "errors", ["one"], 0, 1, shows=always).ratio is None


def test_a_mark_without_the_effect_is_no_dose_and_near_the_end_it_says_nothing() -> None:
    rows = [
        attempt(at=11, status=503, fault="errors"),
        attempt(at=12, status=200, fault="errors"),
        attempt(at=13),
        attempt(at=19, status=200, fault="errors"),  # it may have been let go already
    ]
    found = attempt_stats.dose(rows, "errors", ["one"], 10, 20, shows=lambda row: row.status == 503)
    assert found == Dose(answered=3, marked=1, hidden=1)


def test_a_hang_that_is_answered_at_once_is_hidden() -> None:
    rows = [
        attempt(at=11, latency=0.01, fault="hang"),
        attempt(at=12, latency=8.0, fault="hang"),
        attempt(at=13, latency=2.0, status=None, error="timeout", replica=""),
    ]
    found = attempt_stats.unanswered_dose(rows, "hang", {"one": (10.0, 20.0)}, 2.0)
    assert found == Dose(answered=3, marked=2, hidden=1)


def test_the_blind_spot_is_what_no_replica_answered() -> None:
    rows = [
        attempt(status=503),
        attempt(status=502, replica=""),
        attempt(status=None, error="timeout", replica=""),
        attempt(status=None, error="cut", replica="one"),
        attempt(status=404, replica=""),
        attempt(status=200, error="wrong_answer/empty"),
    ]
    spot = attempt_stats.blind_spot(rows)
    assert spot == BlindSpot(balancer_errors=1, transport_errors=1, wrong_answers=1)
    assert spot.total == 3
    assert spot.words == "1 from the balancer, 1 without an answer, 1 with a wrong answer"
    assert attempt_stats.failures(rows) == Counts(6, 4)


def test_only_writes_that_the_service_confirmed_are_acknowledged() -> None:
    rows = [
        attempt(1, operation=Operation.WRITE, status=201),
        attempt(2, operation=Operation.WRITE, status=503),
        attempt(3, operation=Operation.WRITE, status=None),
        attempt(4, operation=Operation.READ, status=200),
    ]
    assert [row.number for row in attempt_stats.acknowledged_writes(rows)] == [1]
