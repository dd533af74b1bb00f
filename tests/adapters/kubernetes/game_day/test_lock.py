"""Lock and undo ledger on the cluster; `tests/cluster` asks a real one for the same."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from ironclad.adapters.kubernetes.game_day.lock import KubernetesLock
from ironclad.adapters.kubernetes.game_day.undo_ledger import KubernetesLedger
from ironclad.domain.stack.undo import LEDGER_LEASE, UndoAction, UndoEntry
from ironclad.errors import BusyError, LeaseLapsedError
from tests.fakes.clocks.virtual_clock import VirtualClock
from tests.fakes.kube.asked import AskedCluster

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def lock(cluster: AskedCluster) -> KubernetesLock:
    return KubernetesLock(cluster.api, cluster.namespace, cluster.clock)


def entry(name: str = "run-1-errors", **changes: object) -> UndoEntry:
    values = {
        "id": name,
        "run": "run-1",
        "action": UndoAction.DISARM,
        "targets": ("backend-1", "backend-2"),
        "lease_until": NOW + timedelta(seconds=20),
        "deadline": NOW + timedelta(minutes=2),
        "who": "me",
        "why": "to see",
    }
    return UndoEntry(**{**values, **changes})  # type: ignore[arg-type]


# the lock


async def test_the_second_learns_who_holds_the_stack(cluster: AskedCluster) -> None:
    async with lock(cluster).held("run-1", "game day", "anna@desk"):
        with pytest.raises(BusyError, match="game day run-1 of anna@desk"):
            async with lock(cluster).held("run-2", "deploy-stack", "bert"):
                pass


async def test_a_released_lock_is_free_at_once(cluster: AskedCluster) -> None:
    async with lock(cluster).held("run-1", "game day", "anna"):
        pass
    assert await lock(cluster).holder() is None
    async with lock(cluster).held("run-2", "deploy-stack", "bert"):
        holder = await lock(cluster).holder()
    assert holder is not None
    assert (holder.run, holder.purpose, holder.who) == ("run-2", "deploy-stack", "bert")


@pytest.mark.parametrize("was_held", [False, True], ids=["a new one", "a released one"])
async def test_of_many_at_once_exactly_one_gets(cluster: AskedCluster, was_held: bool) -> None:  # noqa: FBT001
    if was_held:
        async with lock(cluster).held("run-0", "game day", "anna"):
            pass
    release = asyncio.Event()

    async def attempt(number: int) -> bool:
        try:
            async with lock(cluster).held(f"run-{number}", "game day", "me"):
                await release.wait()
        except BusyError:
            return False
        return True

    tasks = [asyncio.create_task(attempt(number)) for number in range(50)]
    while sum(task.done() for task in tasks) < 49:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED, timeout=0.05)
    release.set()
    assert sum(await asyncio.gather(*tasks)) == 1


async def test_an_abort_request_reaches_the_holder(cluster: AskedCluster) -> None:
    async with lock(cluster).held("run-1", "game day", "anna"):
        asked = await lock(cluster).request_abort("bert: too loud")
        holder = await lock(cluster).holder()
    assert asked is not None
    assert holder is not None
    assert holder.abort_requested == "bert: too loud"


async def test_an_abort_needs_a_holder(cluster: AskedCluster) -> None:
    assert await lock(cluster).request_abort("bert") is None


async def test_an_abort_request_does_not_outlive_its_run(cluster: AskedCluster) -> None:
    async with lock(cluster).held("run-1", "game day", "anna"):
        await lock(cluster).request_abort("bert")
    async with lock(cluster).held("run-2", "game day", "anna"):
        holder = await lock(cluster).holder()
    assert holder is not None
    assert holder.abort_requested == ""


async def test_the_block_ends_when_another_has_taken_the_lock_over(cluster: AskedCluster) -> None:
    """A machine that slept past its lease must not go on as if nothing had been."""
    path = f"/apis/coordination.k8s.io/v1/namespaces/{cluster.namespace}/leases/ironclad"
    with pytest.raises(LeaseLapsedError, match=r"lost .* game day run-2 of bert holds it"):
        await _hold_while_another_takes(cluster, path)


async def _hold_while_another_takes(cluster: AskedCluster, path: str) -> None:
    brief = KubernetesLock(
        cluster.api, cluster.namespace, cluster.clock, renew_every=timedelta(seconds=0.1)
    )
    async with brief.held("run-1", "game day", "anna"):
        await _taken_by_another(cluster, path)
        await asyncio.Event().wait()


async def _taken_by_another(cluster: AskedCluster, path: str) -> None:
    notes = {"purpose": "game day", "who": "bert", "token": "other"}
    body = {
        "metadata": {"annotations": {f"ironclad.dev/{k}": v for k, v in notes.items()}},
        "spec": {"holderIdentity": "run-2"},
    }
    await cluster.api.merge(path, body, None)


async def test_a_lock_that_another_took_over_unseen_is_not_released(cluster: AskedCluster) -> None:
    """The holder leaves before its next renewal, so it still believes that the lock is its own."""
    path = f"/apis/coordination.k8s.io/v1/namespaces/{cluster.namespace}/leases/ironclad"
    async with KubernetesLock(cluster.api, cluster.namespace, cluster.clock).held(
        "run-1", "game day", "anna"
    ):
        await _taken_by_another(cluster, path)

    lease = await cluster.api.get(path)
    assert lease["spec"]["holderIdentity"] == "run-2"


async def test_before_there_is_a_namespace_nothing_needs_a_lock(cluster: AskedCluster) -> None:
    absent = KubernetesLock(cluster.api, f"{cluster.namespace}-absent", cluster.clock)
    async with absent.held("run-1", "deploy-stack", "anna"):
        assert await absent.holder() is None


# the ledger


async def test_an_entry_comes_back_as_it_was_written(cluster: AskedCluster) -> None:
    ledger = KubernetesLedger(cluster.api, cluster.namespace)
    await ledger.write(entry())
    await ledger.write(entry())
    assert await ledger.entries() == (entry(),)


async def test_two_entries_of_one_name_are_refused(cluster: AskedCluster) -> None:
    ledger = KubernetesLedger(cluster.api, cluster.namespace)
    await ledger.write(entry())
    with pytest.raises(Exception, match="already exists"):
        await ledger.write(entry(who="another"))


async def test_a_renewed_entry_is_due_later(cluster: AskedCluster) -> None:
    ledger = KubernetesLedger(cluster.api, cluster.namespace)
    await ledger.write(entry())
    await ledger.renew("run-1-errors", NOW + timedelta(seconds=60))
    (found,) = await ledger.entries()
    assert found.lease_until == NOW + timedelta(seconds=60)
    assert not found.is_due(NOW + timedelta(seconds=30))


async def test_a_swept_entry_cannot_be_renewed(cluster: AskedCluster) -> None:
    ledger = KubernetesLedger(cluster.api, cluster.namespace)
    await ledger.write(entry())
    await ledger.remove("run-1-errors")
    await ledger.remove("run-1-errors")
    with pytest.raises(LeaseLapsedError, match="run-1-errors was swept"):
        await ledger.renew("run-1-errors", NOW)
    assert await ledger.entries() == ()


async def test_one_damaged_entry_does_not_hide_the_others(cluster: AskedCluster) -> None:
    ledger = KubernetesLedger(cluster.api, cluster.namespace)
    await ledger.write(entry())
    damaged = cluster.config("ironclad-undo-damaged", **{"entry.json": "{"})
    damaged["metadata"]["labels"] = {"ironclad.dev/undo": "disarm"}
    await cluster.create(damaged)
    assert await ledger.entries() == (entry(),)


async def test_a_lapsed_lock_is_taken_over_only_when_its_holder_stays_silent(
    cluster: AskedCluster,
) -> None:
    """The clock of a holder on another machine may be behind ours; its renewals show it."""
    clock = VirtualClock()
    cluster.clock = clock
    await _abandoned(cluster, clock.now() - LEDGER_LEASE - timedelta(seconds=1))
    async with lock(cluster).held("run-2", "game day", "bert"):
        holder = await lock(cluster).holder()
    assert holder is not None
    assert holder.run == "run-2"


async def _abandoned(cluster: AskedCluster, renewed: datetime) -> None:
    when = renewed.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    await cluster.create(
        {
            "apiVersion": "coordination.k8s.io/v1",
            "kind": "Lease",
            "metadata": {"name": "ironclad", "namespace": cluster.namespace},
            "spec": {
                "holderIdentity": "run-1",
                "leaseDurationSeconds": 20,
                "acquireTime": when,
                "renewTime": when,
            },
        }
    )
