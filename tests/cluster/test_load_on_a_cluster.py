"""Load, faults and ways in on a real cluster, against a small service of the test's own."""

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from ironclad.adapters.kubernetes.game_day.load import KubernetesLoad
from ironclad.adapters.kubernetes.game_day.pod_faults import PodFaults
from ironclad.adapters.kubernetes.game_day.workload import PodReadiness, WorkloadPlatform
from ironclad.adapters.kubernetes.stage.platform import KubernetesPlatform
from ironclad.domain.evidence.attempt_stats import by_replica
from ironclad.domain.experiment.experiment import Load, Mix, Workload
from ironclad.domain.experiment.pacer import Constant
from ironclad.domain.kubernetes.load_job import LoadJobSettings
from ironclad.domain.kubernetes.stack_spec import StackSpec
from ironclad.domain.load.load import LoadOrder
from ironclad.domain.stack.stack import Stage
from tests.fakes.kube.asked import AskedCluster

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(240)]

PYTHON = os.environ.get("IRONCLAD_TEST_PYTHON_IMAGE", "python:3.11-slim")
IRONCLAD = os.environ.get("IRONCLAD_TEST_IRONCLAD_IMAGE", "")

SERVICE = """
import http.server, json, os, time
class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def do_GET(self):
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        body = b'{"id": "1"}'
        self.send_response(200)
        self.send_header("X-Ironclad-Replica", os.environ["HOSTNAME"])
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    do_POST = do_GET
    def log_message(self, *_): pass
while time.process_time() < 1.1: pass
http.server.ThreadingHTTPServer(("", 3000), Handler).serve_forever()
"""


@pytest.fixture
async def service(cluster: AskedCluster) -> AsyncIterator[KubernetesPlatform]:
    """Three replicas of a service that names itself, behind a Service called `backend`."""
    probe = {"httpGet": {"path": "/", "port": 3000}, "periodSeconds": 1}
    main = {"image": PYTHON, "command": ["python", "-c", SERVICE], "readinessProbe": probe}
    port = {"port": 3000, "targetPort": 3000}
    exposed: dict[str, Any] = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "backend", "namespace": cluster.namespace},
        "spec": {"selector": {"app": "backend"}, "ports": [port]},
    }
    deployment = cluster.deployment(replicas=3, main=main)
    deployment["spec"]["template"]["spec"]["terminationGracePeriodSeconds"] = 2
    async with cluster.platform((exposed, deployment)) as platform:
        await platform.apply(Stage.BACKEND)
        async with asyncio.timeout(90):
            while not (await platform.readiness(Stage.BACKEND)).is_ready:
                await asyncio.sleep(0.5)
        yield platform


def order(seconds: float, rate: float = 50) -> LoadOrder:
    load = Load(pacer=Constant(rate), mix=Mix(), timeout=timedelta(seconds=2))
    return LoadOrder(
        run="20261123T060000Z-trial-ab12",
        url="http://elsewhere",
        load=load,
        duration_seconds=seconds,
        lease_seconds=6,
    )


def generator(cluster: AskedCluster, folder: Path) -> KubernetesLoad:
    if not IRONCLAD:
        pytest.skip("IRONCLAD_TEST_IRONCLAD_IMAGE names no image")
    settings = LoadJobSettings(
        namespace=cluster.namespace, image=IRONCLAD, service_url="http://backend:3000"
    )
    return KubernetesLoad(cluster.api, settings, folder)


@pytest.mark.usefixtures("service")
async def test_every_replica_gets_its_part_and_no_row_is_lost(
    cluster: AskedCluster, tmp_path: Path
) -> None:
    async with generator(cluster, tmp_path).running(order(12)) as handle:
        renewing = asyncio.create_task(renew_on(handle.renew))
        result = await handle.finished()
        renewing.cancel()
    split = by_replica(result.attempts)
    assert result.complete, result.reason
    assert len(result.attempts) == 600
    assert len(split) == 3
    # Half of a fair share: each connection is drawn by lot, and a node learns late of a new pod.
    assert min(counts.valid for counts in split.values()) >= 100


async def renew_on(renew: Any) -> None:
    while True:
        await renew()
        await asyncio.sleep(1)


@pytest.mark.usefixtures("service")
async def test_a_lost_runner_stops_the_load_within_one_lease_and_the_ledger_is_whole(
    cluster: AskedCluster, tmp_path: Path
) -> None:
    async with generator(cluster, tmp_path).running(order(60)) as handle:
        for _ in range(3):
            await handle.renew()
            await asyncio.sleep(1)
        result = await handle.finished()
    assert "said nothing for 6 s" in result.reason
    assert not result.complete
    assert 3 <= (result.ended_at - result.started_at).total_seconds() <= 11
    assert len(result.attempts) == result.offered - result.dropped - result.unsent


@pytest.mark.usefixtures("service")
async def test_a_stopped_load_ends_at_once_with_its_rows(
    cluster: AskedCluster, tmp_path: Path
) -> None:
    async with generator(cluster, tmp_path).running(order(60)) as handle:
        await handle.renew()
        await asyncio.sleep(2)
        await handle.stop()
        result = await handle.finished()
    assert "had to stop" in result.reason
    assert len(result.attempts) >= 50
    async with asyncio.timeout(30):
        while await _jobs(cluster):
            await asyncio.sleep(0.3)


async def _jobs(cluster: AskedCluster) -> list[Any]:
    page = await cluster.api.get(f"/apis/batch/v1/namespaces/{cluster.namespace}/jobs")
    return list(page["items"])


# replicas, faults, ways in


async def test_each_replica_answers_by_itself_through_the_pod_proxy(
    service: KubernetesPlatform,
) -> None:
    way = await service.replica_transport()
    replicas = await service.replicas()
    assert len(replicas) == 3
    async with httpx.AsyncClient(
        headers=dict(way.headers), verify=way.verify or True, trust_env=False
    ) as client:
        for replica in replicas:
            answer = await client.get(f"{replica.url}/")
            assert answer.headers["X-Ironclad-Replica"] == replica.name


async def test_any_deployment_has_its_pods_and_the_kubelets_word_on_them(
    service: KubernetesPlatform, cluster: AskedCluster
) -> None:
    workload = Workload(deployment="backend", url="http://backend:3000")
    target = StackSpec(namespace=cluster.namespace, objects=lambda _: ())
    faults = PodReadiness(cluster.api, cluster.namespace)
    async with WorkloadPlatform(cluster.api, target, cluster.clock, workload) as platform:
        replicas = await platform.replicas()
    assert [one.name for one in replicas] == [one.name for one in await service.replicas()]
    assert all([await faults.is_ready(replica) for replica in replicas])


async def test_a_tunnel_leads_to_the_service(service: KubernetesPlatform) -> None:
    url = (await service.endpoints()).service
    assert url is not None
    async with httpx.AsyncClient(trust_env=False) as client:
        names = {(await client.get(url)).headers["X-Ironclad-Replica"] for _ in range(4)}
    assert names <= {replica.name for replica in await service.replicas()}


async def test_a_killed_replica_dies_without_a_word_and_comes_back(
    service: KubernetesPlatform, cluster: AskedCluster
) -> None:
    name = (await service.replicas())[0].name
    faults = PodFaults(cluster.api, cluster.namespace)
    before = await faults.kill(name)
    async with asyncio.timeout(30):
        while await faults.restarts(name) == before:
            await _touch(service, name)
            await asyncio.sleep(0.2)
    pod = await cluster.get("Pod", name)
    assert pod is not None
    (state,) = pod["status"]["containerStatuses"]
    assert state["lastState"]["terminated"]["exitCode"] == 137


async def _touch(service: KubernetesPlatform, name: str) -> None:
    """Give the process something to do, which is when its limit ends it."""
    way = await service.replica_transport()
    url = next((r.url for r in await service.replicas() if r.name == name), None)
    if url is None:
        return
    async with httpx.AsyncClient(
        headers=dict(way.headers), verify=way.verify or True, trust_env=False
    ) as client:
        with contextlib.suppress(httpx.HTTPError):  # it may die in the middle of this answer
            await client.get(f"{url}/")


async def test_a_deleted_pod_is_replaced(
    service: KubernetesPlatform, cluster: AskedCluster
) -> None:
    before = await service.replicas()
    faults = PodFaults(cluster.api, cluster.namespace)
    uid = await faults.delete(before[0].name)
    async with asyncio.timeout(60):
        while not await faults.is_gone(before[0].name, uid):
            await asyncio.sleep(0.2)
        while len(await service.replicas()) < 3:
            await asyncio.sleep(0.2)
    assert before[0] not in await service.replicas()
