"""A wall clock that jumps: ahead it ends a run too early, back it keeps nothing alive for long.

Leases in the backend and the guard's own pass are judged by clocks that cannot jump.
"""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from ironclad.domain.stack.undo import (
    CLOCKS_DIFFER,
    LEDGER_LEASE,
    LockHolder,
    UndoAction,
    UndoEntry,
)
from ironclad.undo.sweeping import Sweeper
from tests.fakes.game_day.playing import play
from tests.fakes.game_day.world import World

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
SECOND, HOUR = timedelta(seconds=1), timedelta(hours=1)


def entry(*, written: datetime) -> UndoEntry:
    return UndoEntry(
        id="r-errors",
        run="r",
        action=UndoAction.DISARM,
        targets=(),
        lease_until=written + LEDGER_LEASE,
        deadline=written + HOUR,
        who="me",
        why="",
    )


def holder(*, renewed: datetime) -> LockHolder:
    return LockHolder(
        run="r", purpose="game day", who="me", since=renewed, lease_until=renewed + LEDGER_LEASE
    )


@pytest.mark.parametrize(
    ("jump", "is_alive"),
    [
        (timedelta(), True),
        (LEDGER_LEASE - SECOND, True),
        (LEDGER_LEASE, False),
        (HOUR, False),
        (-SECOND, True),
        (-CLOCKS_DIFFER, True),
        (-CLOCKS_DIFFER - SECOND, False),
        (-HOUR, False),
    ],
    ids=str,
)
def test_a_lease_that_could_not_have_been_written_now_is_no_lease(
    jump: timedelta, *, is_alive: bool
) -> None:
    assert entry(written=NOW).is_due(NOW + jump) is not is_alive
    assert holder(renewed=NOW).is_held(NOW + jump) is is_alive


@pytest.mark.parametrize("hours", [1, -1])
async def test_a_jump_in_a_game_day_ends_it_with_nothing_left_on(hours: int) -> None:
    """The janitor takes the entry back; the runner learns it when it renews, and arms no more."""
    world = World()
    sweeper = Sweeper(
        platform=world.platform,
        ledger=world.ledger,
        faults=world.faults,
        changes=world.tools.changes,
        clock=world.clock,
    )
    running = asyncio.create_task(play(world))
    while not world.armed:
        await asyncio.sleep(0)

    world.clock.set_back(timedelta(hours=-hours))
    swept = await sweeper.sweep()
    await running

    assert swept.undone
    assert world.armed == {}
    assert world.ledger.kept == {}
    assert world.runs.closed[0].aborted_by in {"lease", "telemetry"}
    assert world.faults.log.count("arm errors backend-0") == 1


async def test_a_sweep_that_was_replayed_changes_nothing_more() -> None:
    world = World()
    sweeper = Sweeper(
        platform=world.platform,
        ledger=world.ledger,
        faults=world.faults,
        changes=world.tools.changes,
        clock=world.clock,
    )
    now = world.clock.now()
    await world.ledger.write(entry(written=now - HOUR))

    first, second = await asyncio.gather(sweeper.sweep(), sweeper.sweep())
    third = await sweeper.sweep()

    assert (first.failed, second.failed) == ((), ())
    assert third.undone == ()
    assert world.ledger.kept == {}
