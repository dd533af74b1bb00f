"""A write whose answer was lost: it is never repeated unseen, and what it did is recognised.

Source: aiohttp repeats GET, PUT and DELETE once by itself when a connection closes without an
answer, on a fresh connection too (`ClientSession._request`, `IDEMPOTENT_METHODS`).
"""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from ironclad.adapters.kubernetes.client.api import Call, KubeApi
from ironclad.adapters.kubernetes.client.pod_channel import PodChannel
from ironclad.adapters.kubernetes.game_day.config_text import KubernetesHalt
from ironclad.adapters.kubernetes.game_day.load import KubernetesLoad
from ironclad.adapters.kubernetes.game_day.lock import KubernetesLock
from ironclad.adapters.kubernetes.game_day.pod_faults import PodFaults
from ironclad.adapters.kubernetes.game_day.undo_ledger import KubernetesLedger
from ironclad.domain.kubernetes.load_job import LoadJobSettings, job_name
from ironclad.domain.kubernetes.stack_spec import WantedSecret
from ironclad.domain.load.wire_format import started_to_json
from ironclad.domain.stack.kept_setting import Halt
from ironclad.domain.stack.stack import Stage
from ironclad.domain.stack.undo import UndoAction, UndoEntry
from ironclad.errors import BusyError, UnreachableError
from tests.fakes.kube.asked import AskedCluster, reached_at
from tests.fakes.kube.lossy import Lossy, lossy_way
from tests.fakes.kube.outlet import Outlet
from tests.fakes.load.orders import load_order

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
LEASE = "/apis/coordination.k8s.io/v1/namespaces/demo/leases/ironclad"
META = {"name": "backend-1", "namespace": "demo"}
POD: dict[str, Any] = {"apiVersion": "v1", "kind": "Pod", "metadata": META}
HALT = Halt(who="ana@desk", why="the sale", since=NOW)
ENTRY = UndoEntry(
    id="run-1-errors",
    run="run-1",
    action=UndoAction.DISARM,
    targets=("backend-1",),
    lease_until=NOW,
    deadline=NOW + timedelta(minutes=2),
    who="me",
    why="to see",
)


@pytest.fixture
async def way(outlet: Outlet, own: AskedCluster) -> AsyncIterator[Lossy]:
    """The namespace `demo` of a fake, behind a way that loses what a test says."""
    assert own.namespace == "demo"
    async with lossy_way(outlet.kube.port) as lossy:
        yield lossy


@pytest.fixture
async def asked(way: Lossy) -> AsyncIterator[AskedCluster]:
    async with KubeApi(reached_at(way.url), pauses_seconds=(0.01, 0.01)) as api:
        yield AskedCluster(api, "demo")


def lock(asked: AskedCluster) -> KubernetesLock:
    return KubernetesLock(asked.api, "demo", asked.clock)


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "POST", "PATCH"])
async def test_nothing_below_us_repeats_a_request(
    way: Lossy, asked: AskedCluster, method: str
) -> None:
    way.loses += [method] * 5
    call = Call(method=method, path=f"{LEASE}-none", body={}, again=False)
    with pytest.raises(UnreachableError, match="Server disconnected"):
        await asked.api.call(call)
    assert len(way.sent) == 1


async def test_no_command_is_run_twice_in_a_pod(way: Lossy, asked: AskedCluster) -> None:
    way.loses += ["GET"] * 5
    with pytest.raises(UnreachableError):
        await PodChannel(asked.api, "demo", "backend-1", "main").run("kill", "1")
    assert way.sent == ["GET /api/v1/namespaces/demo/pods/backend-1/exec"]


@pytest.mark.parametrize("was_held", [False, True], ids=["a new one", "a released one"])
async def test_a_run_recognises_its_own_lock(
    way: Lossy,
    asked: AskedCluster,
    was_held: bool,  # noqa: FBT001
) -> None:
    """Its own token stands in the lease: it is not refused by itself."""
    if was_held:
        async with lock(asked).held("run-0", "game day", "anna"):
            pass
    way.loses += ["PUT" if was_held else "POST"]
    async with lock(asked).held("run-1", "game day", "anna"):
        assert not way.loses
        with pytest.raises(BusyError, match="game day run-1 of anna has held it since"):
            async with lock(asked).held("run-2", "game day", "bert"):
                pass


async def test_a_lock_is_free_though_the_answer_to_its_release_was_lost(
    way: Lossy, asked: AskedCluster
) -> None:
    async with lock(asked).held("run-1", "game day", "anna"):
        way.loses += ["PUT"]
    assert not way.loses
    assert await lock(asked).holder() is None


async def test_a_request_to_abort_is_made_once(way: Lossy, asked: AskedCluster) -> None:
    async with lock(asked).held("run-1", "game day", "anna"):
        way.loses += ["PUT"]
        holder = await lock(asked).request_abort("bert")
    assert holder is not None
    assert holder.abort_requested == "bert"


async def test_an_undo_entry_is_written_renewed_and_removed(
    way: Lossy, asked: AskedCluster
) -> None:
    ledger, later = KubernetesLedger(asked.api, "demo"), NOW + timedelta(seconds=20)
    way.loses += ["POST"]
    await ledger.write(ENTRY)
    way.loses += ["PUT"]
    await ledger.renew(ENTRY.id, later)
    assert [each.lease_until for each in await ledger.entries()] == [later]
    way.loses += ["DELETE"]
    await ledger.remove(ENTRY.id)
    assert await ledger.entries() == ()
    assert not way.loses


@pytest.mark.parametrize("was_on", [False, True], ids=["made", "changed"])
async def test_the_halt_switch_is_turned_on_and_off(
    way: Lossy,
    asked: AskedCluster,
    was_on: bool,  # noqa: FBT001
) -> None:
    switch = KubernetesHalt(asked.api, "demo")
    if was_on:
        await switch.turn_on(Halt(who="bert", why="", since=NOW))
    way.loses += ["PUT" if was_on else "POST"]
    await switch.turn_on(HALT)
    assert await switch.state() == HALT
    way.loses += ["DELETE"]
    assert await switch.turn_off() == HALT
    assert await switch.state() is None
    assert not way.loses


async def test_a_secret_whose_answer_was_lost_is_reported_as_made(
    way: Lossy, asked: AskedCluster
) -> None:
    way.loses += ["POST"]
    platform = asked.platform(secrets=(WantedSecret(name="postgres", keys=("password",)),))
    assert (await platform.apply(Stage.SECRET)).changed == ("Secret/postgres created",)
    assert (await platform.apply(Stage.SECRET)).changed == ()


async def test_a_pod_is_deleted_once_and_evicted_once(
    outlet: Outlet, way: Lossy, asked: AskedCluster
) -> None:
    faults = PodFaults(asked.api, "demo")
    uid = outlet.kube.put(POD)["metadata"]["uid"]
    way.loses += ["DELETE"]
    assert await faults.delete("backend-1") == uid
    outlet.kube.put(POD)
    way.loses += ["POST"]
    await faults.evict("backend-1")
    assert outlet.kube.evictions_left == 99
    assert outlet.kube.get("pods", "demo", "backend-1") is None


async def test_a_load_job_is_made_once(
    outlet: Outlet, way: Lossy, asked: AskedCluster, tmp_path: Path
) -> None:
    """Taken for a failure it would stay behind; the run goes on with it instead."""
    settings = LoadJobSettings(namespace="demo", image="ironclad", service_url="http://x")
    order = load_order("http://x", rate=1, seconds=1)
    outlet.kube.put({**POD, "metadata": {**META, "labels": {"job-name": job_name(order)}}})
    outlet.kube.set_status("pods", "demo", "backend-1", {"phase": "Running"})
    outlet.kube.logs["backend-1", "load", False] = f"{started_to_json(1.0)}\n"
    way.loses += ["POST"]
    async with KubernetesLoad(asked.api, settings, tmp_path).running(order):
        assert outlet.kube.get("jobs", "demo", job_name(order)) is not None
        outlet.kube.set_status("pods", "demo", "backend-1", {"phase": "Failed"})
    assert outlet.kube.get("jobs", "demo", job_name(order)) is None
