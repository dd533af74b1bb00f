"""A run that was killed leaves its tagged orders to the janitor, on either platform.

189 of them stayed in the database after a runner's SIGKILL. In a cluster the janitor knows the dead
run by the lock alone, since its files are on the runner's machine.
"""

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from ironclad.adapters.files.lock import FileLock
from ironclad.adapters.kubernetes.game_day.lock import KubernetesLock
from ironclad.clock import SystemClock
from ironclad.domain.stack.undo import GAME_DAY, LEDGER_LEASE, LockHolder
from ironclad.game_day.orphaned_runs import finalize_dead_runs
from ironclad.ports import StackLock
from ironclad.undo.left_orders import SILENT_FOR, LeftOrders
from tests.fakes.game_day.world import World
from tests.fakes.kube.asked import AskedCluster

RUN = "20261130T090000Z-error-burst-ab12"
LONG_AFTER = LEDGER_LEASE + SILENT_FOR


@pytest.fixture
def world() -> World:
    world = World()
    world.orders.left = {RUN: 189}
    return world


@pytest.fixture
def left(world: World) -> LeftOrders:
    return LeftOrders(world.orders, world.lock)


def kill_a_runner(world: World, purpose: str = f"{GAME_DAY} error-burst") -> None:
    now = world.clock.now()
    world.lock.current = LockHolder(
        run=RUN, purpose=purpose, who="anna", since=now, lease_until=now + LEDGER_LEASE
    )


@pytest.mark.parametrize(
    ("after", "is_deleted"),
    [
        (LEDGER_LEASE - timedelta(seconds=1), False),
        (LONG_AFTER - timedelta(seconds=1), False),
        (LONG_AFTER, True),
    ],
    ids=["while it holds the lock", "while it may only be slow", "long after"],
)
async def test_the_orders_of_a_runner_that_died_go_once_it_can_send_no_more(
    world: World,
    left: LeftOrders,
    after: timedelta,
    is_deleted: bool,  # noqa: FBT001
) -> None:
    kill_a_runner(world)
    await world.clock.sleep(after.total_seconds())
    await left.clear(world.clock.now())
    assert (RUN not in world.orders.left) is is_deleted


async def test_the_orders_of_a_finalized_run_go_even_when_the_lock_is_free(
    world: World, left: LeftOrders
) -> None:
    left.add(RUN)
    await left.clear(world.clock.now())
    assert world.orders.left == {}


async def test_without_a_replica_the_next_round_tries_again(world: World, left: LeftOrders) -> None:
    world.orders.is_away = True
    left.add(RUN)
    await left.clear(world.clock.now())
    world.orders.is_away = False
    await left.clear(world.clock.now())
    assert world.orders.left == {}


async def test_what_is_deleted_once_is_not_asked_for_again(world: World, left: LeftOrders) -> None:
    kill_a_runner(world)
    await world.clock.sleep(LONG_AFTER.total_seconds())
    await left.clear(world.clock.now())
    world.orders.is_away = True
    await left.clear(world.clock.now())


async def test_a_deploy_that_died_sent_no_orders(world: World, left: LeftOrders) -> None:
    kill_a_runner(world, "deploy-stack")
    await world.clock.sleep(LONG_AFTER.total_seconds())
    await left.clear(world.clock.now())
    assert world.orders.left == {RUN: 189}


async def died(lock: StackLock, again: StackLock) -> None:
    """Take the lock and never give it back."""
    holding = lock.held(RUN, f"{GAME_DAY} error-burst", "anna")
    await holding.__aenter__()
    assert await lock.lapsed() is None
    dead = await again.lapsed()
    assert dead is not None
    assert (dead.run, dead.is_game_day) == (RUN, True)
    await holding.__aexit__(None, None, None)
    assert await again.lapsed() is None


class Later(SystemClock):
    def now(self) -> datetime:
        return super().now() + LONG_AFTER


async def test_a_lock_in_a_file_names_its_dead_holder(tmp_path: Path) -> None:
    await died(FileLock(tmp_path), FileLock(tmp_path, now=Later().now))


async def test_a_lock_in_a_cluster_names_its_dead_holder(own: AskedCluster) -> None:
    await died(
        KubernetesLock(own.api, "demo", SystemClock()), KubernetesLock(own.api, "demo", Later())
    )


async def test_the_writer_of_a_dead_runs_report_deletes_its_orders(world: World) -> None:
    await finalize_dead_runs(world.tools, [RUN])
    assert world.orders.left == {}


async def test_a_report_is_written_even_where_no_replica_could_delete(world: World) -> None:
    world.orders.is_away = True
    await finalize_dead_runs(world.tools, [RUN, "another"])
    assert world.runs.finalized == [RUN, "another"]
