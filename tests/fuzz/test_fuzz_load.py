"""Whatever a service answers to the load: the right answer, or one that is known to be wrong."""

import copy
import json
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from ironclad.domain.experiment.expected_answer import (
    JSON as JSON_TYPE,
)
from ironclad.domain.experiment.expected_answer import (
    Expected,
    WrongAnswerError,
    acknowledged,
    created,
    list_of_orders,
)
from tests.fakes.load.orders import load_order
from tests.fuzz.amount import fuzzed
from tests.fuzz.described import JSON
from tests.fuzz.spoiling import VALUES
from tests.fuzz.tally import note

LOAD = load_order().load
SENT = {"item": "anvil", "quantity": 1, "price_cents": 300}
ORDER: dict[str, Any] = {"id": 7, **SENT, "value_cents": 300, "created_at": "2026-11-30T12:00:00Z"}
EXPECTED = {
    "a known order": acknowledged(LOAD, SENT, "7"),
    "a new order": created(LOAD, SENT),
    "the list": list_of_orders(LOAD),
}
TYPES = st.sampled_from([JSON_TYPE, "Application/JSON;charset=utf-8", "text/html", "", "json"])
BODIES = (
    st.binary(max_size=200)
    | JSON.map(lambda value: json.dumps(value).encode())
    | st.just(json.dumps(ORDER).encode())
)


def is_right(expected: Expected, status: int, content_type: str, body: bytes) -> bool:
    try:
        expected.read(status, content_type, body)
    except WrongAnswerError:
        return False
    return True


@fuzzed
@given(st.sampled_from(sorted(EXPECTED)), st.integers(200, 399), TYPES, BODIES)
@example("a known order", 200, JSON_TYPE, b"[" * 100_000)
@example("a known order", 200, JSON_TYPE, b"\xff\xfe\x00")
def test_a_success_is_right_or_said_to_be_wrong(
    what: str, status: int, content_type: str, body: bytes
) -> None:
    note("answers to the load")
    if is_right(EXPECTED[what], status, content_type, body) and what != "the list":
        assert json.loads(body).items() >= SENT.items()
        assert content_type.lower().startswith(JSON_TYPE)


@fuzzed
@given(st.sampled_from(["id", *SENT]), VALUES)
@example("quantity", True)  # noqa: FBT003 - it equals 1
@example("quantity", 1.0)
def test_an_order_with_another_value_is_never_right(field: str, value: object) -> None:
    note("answers to the load")
    spoilt = copy.deepcopy(ORDER)
    spoilt[field] = value
    is_same = type(value) is type(ORDER[field]) and value == ORDER[field]
    body = json.dumps(spoilt).encode()
    assert is_right(EXPECTED["a known order"], 200, JSON_TYPE, body) is (
        is_same or (field == "id" and value == "7")
    )


@fuzzed
@given(st.sampled_from(["id", *SENT]))
def test_an_order_that_lacks_something_is_never_right(field: str) -> None:
    note("answers to the load")
    body = json.dumps({key: value for key, value in ORDER.items() if key != field}).encode()
    assert not is_right(EXPECTED["a known order"], 200, JSON_TYPE, body)
    assert not is_right(EXPECTED["a new order"], 201, JSON_TYPE, body)
