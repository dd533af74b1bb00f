"""Replicas that end, and the words about it in the namespace's events."""

from typing import Any

from ironclad.adapters.kubernetes.client.kinds import kind
from ironclad.adapters.kubernetes.game_day.events import DeploymentEvents
from ironclad.adapters.kubernetes.game_day.replica_faults import KubernetesReplicaFaults
from ironclad.clock import SystemClock
from ironclad.domain.faults.catalogue import FaultKind
from ironclad.domain.stack.stack import Replica
from tests.fakes.kube.asked import AskedCluster
from tests.fakes.kube.outlet import Outlet

REPLICA = Replica("backend-1", "http://unused")


DATABASE = Replica("postgres", "")


def put_pod(
    outlet: Outlet, *, restarts: int = 0, name: str = "backend-1", ready: bool = True
) -> None:
    meta = {"name": name, "namespace": "demo"}
    container = {"name": "main", "restartCount": restarts, "ready": ready}
    status: dict[str, Any] = {"containerStatuses": [container]}
    outlet.kube.put({"apiVersion": "v1", "kind": "Pod", "metadata": meta, "status": status})


async def test_a_restart_begins_another_life_and_a_pod_that_is_gone_has_none(
    outlet: Outlet, own: AskedCluster
) -> None:
    faults = KubernetesReplicaFaults(own.api, "demo", "backend", SystemClock())
    put_pod(outlet)
    first = await faults.life(REPLICA)
    assert await faults.life(REPLICA) == first
    put_pod(outlet, restarts=1)
    assert await faults.life(REPLICA) not in {first, ""}
    await faults.terminate(REPLICA, FaultKind.POD_DELETE)
    assert await faults.life(REPLICA) == ""


async def test_a_database_lives_again_once_it_serves_and_not_when_its_container_has_begun(
    outlet: Outlet, own: AskedCluster
) -> None:
    faults = KubernetesReplicaFaults(own.api, "demo", "backend", SystemClock())
    put_pod(outlet, name="postgres-0")
    first = await faults.life(DATABASE)
    put_pod(outlet, name="postgres-0", restarts=1, ready=False)
    assert await faults.life(DATABASE) == ""
    put_pod(outlet, name="postgres-0", restarts=1)
    assert await faults.life(DATABASE) not in {first, ""}


async def test_a_deployments_events_say_who_runs_what_and_why(own: AskedCluster) -> None:
    await own.create(own.deployment())
    events = DeploymentEvents(own.api, "demo", "backend", SystemClock())
    await events.announce("GameDayStarted", "ana runs error-burst: before the sale")
    page = await own.api.get(kind("Event").path("demo"))
    (event,) = page["items"]
    assert event["involvedObject"]["kind"] == "Deployment"
    assert event["involvedObject"]["name"] == "backend"
    assert (event["reason"], event["message"]) == (
        "GameDayStarted",
        "ana runs error-burst: before the sale",
    )


async def test_nothing_is_said_of_a_deployment_that_is_not_there(own: AskedCluster) -> None:
    await DeploymentEvents(own.api, "demo", "backend", SystemClock()).announce("A", "b")
    page = await own.api.get(kind("Event").path("demo"))
    assert page["items"] == []
