"""One keeper for both locks: it gives up before the lease ends, and no holder works beside another.

A holder in a cluster once went on without end while its renewals got lost. In a partition of its
side alone a deploy then worked beside the next holder.
"""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest

from ironclad.adapters.lease_keeper import kept
from ironclad.errors import LeaseLapsedError, UnreachableError
from tests.fakes.game_day.contested import PLACES, Contested
from tests.fakes.game_day.cut import Cut

SENTENCE = (
    r"^the stack's lock was lost and the work under it stopped: no renewal in [\d.]+ s of [\d.]+ s"
    r" \(.+\); look at the stack, then start again$"
)


@pytest.fixture(params=PLACES)
async def lock(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Contested]:
    async with PLACES[request.param](tmp_path / "lock") as contested:
        yield contested


async def work_in_a_partition(lock: Contested, cut: Cut) -> None:
    async with lock.holder.held("run-1", "game day", "ana"):
        lock.cut(cut)
        await lock.work()


@pytest.mark.parametrize("cut", Cut)
async def test_the_work_has_ended_before_another_can_take_the_lock(
    lock: Contested, cut: Cut
) -> None:
    working = asyncio.create_task(work_in_a_partition(lock, cut))
    while not lock.worked:
        await asyncio.sleep(0.001)
    taking = asyncio.create_task(lock.when_taken())
    with pytest.raises(LeaseLapsedError, match=SENTENCE):
        await working
    ended = time.monotonic()
    assert not taking.done()
    assert lock.worked[-1] <= ended < await taking


async def test_a_holder_that_gave_up_leaves_the_lock_of_the_next_one_alone(
    lock: Contested,
) -> None:
    """What it takes back may last beyond the lease, and its way may be mended by then."""
    is_held, is_taken = asyncio.Event(), asyncio.Event()

    async def work() -> None:
        async with lock.holder.held("run-1", "deploy-stack", "ana"):
            lock.cut(Cut.REFUSED)
            is_held.set()
            try:
                await asyncio.Event().wait()
            finally:
                await is_taken.wait()
                lock.cut(None)
                await asyncio.sleep(lock.lease.total_seconds() / 2)

    working = asyncio.create_task(work())
    await is_held.wait()
    async with lock.taken_by_the_other():
        taker = await lock.other.holder()
        is_taken.set()
        with pytest.raises(LeaseLapsedError, match="the stack's lock was lost"):
            await working
        assert await lock.other.holder() == taker
    assert taker is not None
    assert taker.run == "run-2"


async def test_it_is_renewed_although_the_event_loop_is_held(lock: Contested) -> None:
    """Rendering a report held the loop for longer than the lease of a game day that was alive."""
    async with lock.near.held("run-1", "game day", "ana"):
        time.sleep(1.3 * lock.lease.total_seconds())  # noqa: ASYNC251 - what is tried
        holder = await lock.holder.holder()
        assert holder is not None
        assert holder.run == "run-1"


async def test_a_lock_whose_way_was_cut_for_a_moment_is_kept(lock: Contested) -> None:
    async with lock.holder.held("run-1", "game day", "ana"):
        lock.cut(Cut.REFUSED)
        await asyncio.sleep(lock.lease.total_seconds() / 3)
        lock.cut(None)
        await asyncio.sleep(lock.lease.total_seconds())
        holder = await lock.other.holder()
        assert holder is not None
        assert holder.run == "run-1"


# the keeper alone

LEASE = timedelta(milliseconds=300)


def refuse(_: float) -> None:
    raise UnreachableError("no way there")


async def no_release() -> None:
    raise AssertionError("it was not held any more")


async def test_a_lease_counts_from_when_its_renewal_was_sent() -> None:
    """From there on its taker counts, too; the answer may come much later."""
    sent: list[float] = []

    def answer_late(_: float) -> None:
        sent.append(time.monotonic())
        if len(sent) > 1:
            raise UnreachableError("no way there")
        time.sleep(LEASE.total_seconds() / 2)

    async def work() -> None:
        every = LEASE / 10
        async with kept(answer_late, no_release, since=time.monotonic(), lease=LEASE, every=every):
            await asyncio.Event().wait()

    with pytest.raises(LeaseLapsedError, match=r"no renewal in 0\.2 s of 0\.3 s \(no way there\)"):
        await work()
    assert time.monotonic() < sent[0] + LEASE.total_seconds()


async def test_one_that_took_longer_to_get_than_it_lasts_is_lost_at_once() -> None:
    async def work() -> None:
        long_ago = time.monotonic() - LEASE.total_seconds()
        async with kept(refuse, no_release, since=long_ago, lease=LEASE, every=LEASE):
            await asyncio.Event().wait()

    began = time.monotonic()
    with pytest.raises(LeaseLapsedError, match="none has come back"):
        await work()
    assert time.monotonic() - began < LEASE.total_seconds() / 2


async def test_work_that_swallows_its_end_is_reported_all_the_same() -> None:
    async def work() -> None:
        async with kept(refuse, no_release, since=time.monotonic(), lease=LEASE, every=LEASE / 10):
            with suppress(asyncio.CancelledError):
                await asyncio.Event().wait()

    with pytest.raises(LeaseLapsedError, match="no way there"):
        await work()
    current = asyncio.current_task()
    assert current is not None
    assert current.cancelling() == 0


async def test_an_error_on_the_way_out_does_not_hide_the_loss() -> None:
    async def work() -> None:
        async with kept(refuse, no_release, since=time.monotonic(), lease=LEASE, every=LEASE / 10):
            try:
                await asyncio.Event().wait()
            finally:
                raise UnreachableError("the undo found no way either")

    with pytest.raises(LeaseLapsedError, match="the stack's lock was lost") as lost:
        await work()
    assert "the undo found no way" in str(lost.value.__cause__)
