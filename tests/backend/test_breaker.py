"""The circuit breaker: its three states, and what concurrent callers do to them."""

import asyncio
import time

import pytest

from backend.breaker import Breaker, BreakerOpenError, BreakerState
from backend.chaos import BreakerOpen, FaultOrder, FaultRegistry
from backend.chaos.marks import marking
from backend.database import DatabaseUnavailableError

RECOVERY_SECONDS = 0.05


@pytest.fixture
def faults() -> FaultRegistry:
    return FaultRegistry()


@pytest.fixture
def breaker(faults: FaultRegistry) -> Breaker:
    return Breaker(2, RECOVERY_SECONDS, faults.switch(BreakerOpen))


def fail(breaker: Breaker) -> None:
    with pytest.raises(DatabaseUnavailableError), breaker.calling():
        raise DatabaseUnavailableError


def is_admitted(breaker: Breaker) -> bool:
    try:
        with breaker.calling():
            return True
    except BreakerOpenError:
        return False


def open_it(breaker: Breaker) -> None:
    fail(breaker)
    fail(breaker)
    assert breaker.state is BreakerState.OPEN


def wait_until_half_open(breaker: Breaker) -> None:
    deadline = time.monotonic() + 5
    while breaker.state is not BreakerState.HALF_OPEN:
        assert time.monotonic() < deadline
        time.sleep(0.005)


def test_it_opens_after_failures_in_a_row_and_closes_after_one_success(breaker: Breaker) -> None:
    open_it(breaker)
    assert not is_admitted(breaker)
    wait_until_half_open(breaker)
    assert is_admitted(breaker)
    assert breaker.state is BreakerState.CLOSED


def test_a_success_between_failures_starts_the_count_anew(breaker: Breaker) -> None:
    fail(breaker)
    assert is_admitted(breaker)
    fail(breaker)
    assert breaker.state is BreakerState.CLOSED


def test_a_failure_while_half_open_opens_it_again(breaker: Breaker) -> None:
    open_it(breaker)
    wait_until_half_open(breaker)
    fail(breaker)
    assert breaker.state is BreakerState.OPEN


def test_while_half_open_only_one_call_gets_through(breaker: Breaker) -> None:
    open_it(breaker)
    wait_until_half_open(breaker)
    with breaker.calling():
        assert [is_admitted(breaker) for _ in range(5)] == [False] * 5
    assert is_admitted(breaker)


def test_a_late_success_does_not_close_what_opened_meanwhile(breaker: Breaker) -> None:
    with breaker.calling():
        open_it(breaker)
    assert breaker.state is BreakerState.OPEN


async def test_a_cancelled_call_is_no_verdict(breaker: Breaker) -> None:
    """The library alone takes it for a success, and would close the circuit."""
    open_it(breaker)
    wait_until_half_open(breaker)

    async def probe() -> None:
        with breaker.calling():
            await asyncio.sleep(60)

    task = asyncio.create_task(probe())
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert breaker.state is BreakerState.HALF_OPEN
    assert is_admitted(breaker)


def test_a_fault_opens_it_for_requests_alone_and_leaves_the_count(
    breaker: Breaker, faults: FaultRegistry
) -> None:
    faults.arm(FaultOrder(id="b", fault=BreakerOpen(), lease_seconds=60))
    assert breaker.state == "open"
    with marking():
        assert not is_admitted(breaker)
    assert is_admitted(breaker)
    faults.disarm("b")
    assert breaker.state == "closed"


def test_a_refusal_says_when_to_come_back(breaker: Breaker) -> None:
    open_it(breaker)
    with pytest.raises(BreakerOpenError) as refused, breaker.calling():
        pass
    assert refused.value.retry_after_seconds == 1
