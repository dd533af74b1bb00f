"""The clock that tests live by."""

import asyncio

from tests.fakes.clocks.virtual_clock import VirtualClock


async def test_two_sleepers_share_one_time() -> None:
    clock = VirtualClock()
    woke: list[tuple[str, float]] = []

    async def sleep(name: str, seconds: float) -> None:
        await clock.sleep(seconds)
        woke.append((name, clock.monotonic()))

    await asyncio.gather(sleep("late", 10), sleep("early", 1), sleep("middle", 5))

    assert woke == [("early", 1.0), ("middle", 5.0), ("late", 10.0)]


async def test_a_cancelled_sleeper_does_not_hold_time_up() -> None:
    clock = VirtualClock()
    cancelled = asyncio.create_task(clock.sleep(100))
    await asyncio.sleep(0)
    cancelled.cancel()

    await clock.sleep(1)

    assert clock.monotonic() == 1
