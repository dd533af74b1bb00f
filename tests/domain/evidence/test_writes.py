"""Acknowledged writes against what is stored."""

import pytest

from ironclad.domain.evidence.attempt_stats import acknowledged_keys, checked
from ironclad.domain.evidence.evidence import WriteCheck
from ironclad.domain.load.load import Operation
from tests.fakes.load.attempts import attempt


@pytest.mark.parametrize(
    ("stored", "lost", "duplicated"),
    [
        pytest.param({"a": ["1"], "b": ["2"]}, 0, 0, id="all there"),
        pytest.param({"a": ["1"], "b": ["2"], "c": ["3"]}, 0, 0, id="one more than confirmed"),
        pytest.param({"a": ["1"]}, 1, 0, id="one lost"),
        pytest.param({"a": ["1"], "b": ["9"]}, 1, 0, id="another order than promised"),
        pytest.param({"a": ["1", "7"], "b": ["2"]}, 0, 1, id="one stored twice"),
        pytest.param({"a": ["1"], "b": ["2"], "c": ["3", "4"]}, 0, 1, id="an unconfirmed twice"),
        pytest.param({}, 2, 0, id="nothing there"),
    ],
)
def test_writes_are_lost_and_duplicated(
    stored: dict[str, list[str]], lost: int, duplicated: int
) -> None:
    writes = [
        attempt(1, operation=Operation.WRITE, status=201, order_id="1", key="a"),
        attempt(2, operation=Operation.WRITE, status=201, order_id="2", key="b"),
    ]
    assert checked(writes, stored) == WriteCheck(acknowledged=2, lost=lost, duplicated=duplicated)


@pytest.mark.parametrize(
    ("ids", "stored", "found"),
    [
        pytest.param(("1", "1"), {"a": ["1"]}, WriteCheck(acknowledged=1, lost=0, duplicated=0)),
        pytest.param(("1", "2"), {"a": ["1"]}, WriteCheck(acknowledged=1, lost=0, duplicated=1)),
        pytest.param(
            ("1", "2"), {"a": ["1", "2"]}, WriteCheck(acknowledged=1, lost=0, duplicated=1)
        ),
        pytest.param(("1", ""), {"a": ["1"]}, WriteCheck(acknowledged=1, lost=0, duplicated=0)),
        pytest.param(("1", "1"), {}, WriteCheck(acknowledged=1, lost=1, duplicated=0)),
    ],
    ids=["the same", "a second one elsewhere", "a second one here", "an empty answer", "lost"],
)
def test_a_write_that_was_sent_again_is_one_write(
    ids: tuple[str, ...], stored: dict[str, list[str]], found: WriteCheck
) -> None:
    """A second order for one key is a doubled write, wherever the service keeps it."""
    writes = [
        attempt(number, operation=Operation.WRITE, status=201, order_id=its_id, key="a")
        for number, its_id in enumerate(ids)
    ]
    assert checked(writes, stored) == found
    assert acknowledged_keys(writes) == 1
