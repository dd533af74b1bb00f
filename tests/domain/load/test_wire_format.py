"""What generator and runner write to each other is read back as it was."""

import dataclasses
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ironclad.domain.experiment.experiment import Mix
from ironclad.domain.experiment.pacer import AnyPacer, Constant, Ramp, Step, Steps
from ironclad.domain.load.load import LoadSecond
from ironclad.domain.load.wire_format import (
    LEDGER_COLUMNS,
    Closing,
    attempt_from_row,
    attempt_to_row,
    closing_to_json,
    line_from_json,
    order_from_json,
    order_to_json,
    readable_attempts,
    second_to_json,
    started_to_json,
)
from tests.fakes.load.attempts import attempt
from tests.fakes.load.orders import load_order

SECOND = LoadSecond(
    at=1.0,
    sent=3,
    ok=2,
    failed=1,
    late=0,
    unsent=0,
    in_flight=1,
    latency_p95_seconds=None,
    marked={"errors": 1},
)
CLOSING = Closing(
    started_at=1.0,
    ended_at=2.0,
    offered=3,
    dropped=0,
    unsent=0,
    lateness_p99_seconds=0.001,
    complete=True,
    reason="",
)


@pytest.mark.parametrize(
    "pacer",
    [
        pytest.param(Constant(100.0), id="constant"),
        pytest.param(Ramp(1.0, 100.0, 30.0), id="ramp"),
        pytest.param(Steps((Step(1.0, 10.0), Step(5.0, 10.0))), id="steps"),
    ],
)
def test_an_order_is_read_back_whatever_its_pacer(pacer: AnyPacer) -> None:
    order = load_order(mix=Mix(write=0.5, read=0.5))
    load = dataclasses.replace(order.load, pacer=pacer)
    order = dataclasses.replace(order, load=load, seed=7)
    assert order_from_json(order_to_json(order)) == order
    assert "\n" not in order_to_json(order)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        pytest.param(started_to_json(1.5), 1.5, id="when it started"),
        pytest.param(second_to_json(SECOND), SECOND, id="a second"),
        pytest.param(closing_to_json(CLOSING), CLOSING, id="the closing"),
    ],
)
def test_a_line_of_the_account_is_read_back(line: str, said: object) -> None:
    assert line_from_json(line) == said


@pytest.mark.parametrize("line", ["", "{", "[]", "{}", '{"second": {}}', '{"started": null}'])
def test_a_line_that_is_none_is_refused(line: str) -> None:
    with pytest.raises((ValueError, KeyError, TypeError)):
        line_from_json(line)


@given(
    number=st.integers(0, 10**6),
    status=st.none() | st.integers(100, 599),
    error=st.text(alphabet="abc-,\"'", max_size=10),
    key=st.text(alphabet='abc-,;"', max_size=10),
)
def test_a_row_is_read_back(number: int, status: int | None, error: str, key: str) -> None:
    row = attempt(number, status=status, error=error, key=key, fault="a,b")
    assert attempt_from_row([str(cell) for cell in attempt_to_row(row)]) == row


def test_the_columns_are_the_fields_in_their_order() -> None:
    as_json = json.dumps(dataclasses.asdict(attempt()))
    assert tuple(json.loads(as_json)) == LEDGER_COLUMNS
    assert len(attempt_to_row(attempt())) == len(LEDGER_COLUMNS)


def test_rows_that_cannot_be_read_are_kept_apart() -> None:
    good = [str(cell) for cell in attempt_to_row(attempt(7))]
    rows = [good, good[:5], ["x", *good[1:]], [], good]
    assert [row.number if row else None for row in readable_attempts(rows)] == [
        7,
        None,
        None,
        None,
        7,
    ]
