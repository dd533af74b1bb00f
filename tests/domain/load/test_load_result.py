"""What a generator leaves behind, and when it is not to be trusted."""

from dataclasses import replace

import pytest

from ironclad.domain.load.load import LoadSecond
from ironclad.domain.load.result import Account, result
from ironclad.domain.load.wire_format import Closing
from tests.fakes.load.attempts import attempt
from tests.fakes.load.orders import load_order

ORDER = load_order(rate=10, seconds=1)
ROWS = [attempt(n, at=1_000 + n / 10) for n in range(10)]
CLOSING = Closing(
    started_at=1_000,
    ended_at=1_001,
    offered=10,
    dropped=0,
    unsent=0,
    lateness_p99_seconds=0.0,
    complete=True,
    reason="",
)
ACCOUNT = Account(started_at=1_000, closing=CLOSING, seconds=())
DROPPING = LoadSecond(
    at=1_000,
    sent=3,
    ok=3,
    failed=0,
    late=0,
    unsent=2,
    in_flight=0,
    latency_p95_seconds=0.01,
    marked={},
)


def test_a_whole_account_is_complete() -> None:
    whole = result(ORDER, ROWS, ACCOUNT)
    assert whole.complete
    assert (whole.offered, len(whole.attempts), whole.dropped, whole.unsent) == (10, 10, 0, 0)
    assert whole.lateness_p99_seconds == 0.0
    assert (whole.ended_at - whole.started_at).total_seconds() == 1


def test_a_dead_generator_leaves_its_rows_and_what_it_last_said() -> None:
    account = Account(started_at=1_000, closing=None, seconds=(DROPPING,), last_words="MemoryError")
    dead = result(ORDER, ROWS[:3], account)
    assert not dead.complete
    assert dead.reason == "the load generator died: MemoryError"
    assert (len(dead.attempts), dead.dropped, dead.unsent) == (3, 2, 5)
    assert dead.ended_at.timestamp() == pytest.approx(1_000.21)


@pytest.mark.parametrize(
    ("account", "reason"),
    [
        pytest.param(
            replace(
                ACCOUNT, closing=replace(CLOSING, complete=False, reason="stopped by a signal")
            ),
            "stopped by a signal",
            id="it was stopped",
        ),
        pytest.param(
            replace(ACCOUNT, garbage="Traceback"),
            "the load generator wrote something unreadable: 'Traceback'",
            id="it wrote garbage",
        ),
        pytest.param(
            replace(ACCOUNT, unreadable_rows=2),
            "2 rows of the load ledger could not be read",
            id="rows cannot be read",
        ),
        pytest.param(
            replace(ACCOUNT, closing=replace(CLOSING, dropped=3)),
            "the load ledger has 10 rows, but 7 requests were sent",
            id="rows do not add up",
        ),
        pytest.param(
            Account(started_at=None, closing=None, seconds=()),
            "the load generator died: it left no word",
            id="it said nothing at all",
        ),
    ],
)
def test_a_doubtful_account_is_incomplete_and_says_why(account: Account, reason: str) -> None:
    doubtful = result(ORDER, ROWS, account)
    assert not doubtful.complete
    assert doubtful.reason == reason
    assert list(doubtful.attempts) == ROWS


def test_a_generator_that_dropped_requests_fell_behind() -> None:
    closing = replace(CLOSING, dropped=1)
    behind = result(ORDER, ROWS[:9], replace(ACCOUNT, closing=closing))
    assert behind.reason == "the load generator fell behind: 1 of 10 requests were dropped"


def test_a_generator_that_sent_late_fell_behind() -> None:
    late = [attempt(n, at=1_000 + n / 10, late=0.3) for n in range(10)]
    behind = result(ORDER, late, ACCOUNT)
    assert behind.reason == "the load generator fell behind: 1 % of requests left 300 ms late"
