"""A deadline that is meant for an idle machine grows on a slow one, up to a bound, in numbers.

With both cores busy a worker "was not ready within 2m" with an empty log. The build of an image was
ended after its 30 minutes. Both measured the machine and nothing else.
"""

import sys
from datetime import timedelta

import pytest

from ironclad.adapters.programs.command import run
from ironclad.domain.stack.readiness import Condition, Readiness
from ironclad.errors import WaitTimeoutError
from ironclad.slowness import MOST_TIMES, Patience, Slowness, longest, measured_slowness
from ironclad.waiting import until_ready
from tests.fakes.clocks.virtual_clock import VirtualClock

TWO_MINUTES = timedelta(minutes=2)
BUSY = Slowness(times=2.5, pressure=0.83, cores=2)


def busy() -> Slowness:
    return BUSY


def idle() -> Slowness:
    return Slowness(times=1)


async def never() -> Readiness:
    return Readiness(Condition.IN_PROGRESS, "no heartbeat yet")


async def test_an_idle_machine_gets_the_deadline_and_not_a_second_more() -> None:
    clock = VirtualClock()

    with pytest.raises(WaitTimeoutError, match="within 2m: no heartbeat yet"):
        await until_ready("it", never, deadline=Patience(TWO_MINUTES, idle), clock=clock)
    assert clock.monotonic() == pytest.approx(120, abs=0.3)


async def test_a_slow_machine_gets_as_much_longer_as_it_is_slower_and_says_so() -> None:
    clock = VirtualClock()

    with pytest.raises(WaitTimeoutError) as raised:
        await until_ready("it", never, deadline=Patience(TWO_MINUTES, busy), clock=clock)
    assert clock.monotonic() == pytest.approx(300, abs=0.3)
    assert str(raised.value) == (
        "it was not ready within 5m (2m where the machine is idle; this machine takes 2.5 times as"
        " long as usual, and programs waited for its 2 cores in 83 % of the time): no heartbeat yet"
    )


async def test_what_becomes_ready_in_the_longer_time_is_ready() -> None:
    clock = VirtualClock()

    async def late() -> Readiness:
        is_there = clock.monotonic() > 200
        return Readiness(Condition.READY if is_there else Condition.IN_PROGRESS, "worker")

    answer = await until_ready("it", late, deadline=Patience(TWO_MINUTES, busy), clock=clock)

    assert answer.is_ready


async def test_the_machine_is_not_measured_before_it_matters() -> None:
    asked: list[Slowness] = []

    def measured() -> Slowness:
        asked.append(BUSY)
        return BUSY

    patience = Patience(TWO_MINUTES, measured)

    assert not await patience.is_over(119.9)
    assert not asked
    assert not await patience.is_over(120.0)
    assert asked


async def test_no_deadline_grows_beyond_its_bound() -> None:
    patience = Patience(TWO_MINUTES, lambda: Slowness(times=50))

    assert not await patience.is_over(479)
    assert await patience.is_over(longest(TWO_MINUTES).total_seconds())
    assert str(patience).startswith("8m (2m where the machine is idle")
    assert longest(TWO_MINUTES) == TWO_MINUTES * MOST_TIMES


async def test_a_machine_that_gets_quicker_takes_nothing_back() -> None:
    found = iter((Slowness(times=3), Slowness(times=1)))
    patience = Patience(TWO_MINUTES, lambda: next(found))

    assert not await patience.is_over(130)
    assert await patience.is_over(361)
    assert str(patience).startswith("6m ")


def test_the_work_is_really_measured() -> None:
    found = measured_slowness()

    assert 1 <= found.times < 1000
    assert found.pressure is None or 0 <= found.pressure <= 1


async def test_a_command_that_is_ended_shows_what_it_had_written() -> None:
    code = "import time; print('step 3 of 9', flush=True); time.sleep(60)"
    done = await run((sys.executable, "-S", "-c", code), within=timedelta(seconds=0.5))

    assert done.code == 124
    assert "step 3 of 9" in done.last_words
    assert "did not end within" in done.last_words
