"""Acknowledged writes against what is stored."""

import pytest

from ironclad.domain.evidence.attempt_stats import checked
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
