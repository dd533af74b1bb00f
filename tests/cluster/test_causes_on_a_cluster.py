"""What a real cluster says when a deploy cannot work, and what becomes of it in our words."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from ironclad.adapters.kubernetes.client.access import Access
from ironclad.adapters.kubernetes.client.api import Call, KubeApi
from ironclad.adapters.kubernetes.client.failures import KubeError
from ironclad.adapters.kubernetes.client.pod_channel import PodChannel
from ironclad.adapters.kubernetes.game_day.pod_faults import PodFaults
from ironclad.adapters.kubernetes.stage.platform import KubernetesPlatform
from ironclad.domain.kubernetes.kube_object import KubeObject
from ironclad.domain.stack.readiness import Condition, Readiness
from ironclad.domain.stack.stack import Stage
from ironclad.errors import RefusedError
from tests.fakes.clocks.fast_clock import FastClock
from tests.fakes.kube.asked import AskedCluster

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(180)]

PYTHON = os.environ.get("IRONCLAD_TEST_PYTHON_IMAGE", "python:3.11-slim")
STAGE = Stage.BACKEND


async def outcome(platform: KubernetesPlatform, seconds: float = 100) -> Readiness:
    """Wait until it is ready or never will be."""
    answer = Readiness(Condition.IN_PROGRESS, "not asked")
    async with asyncio.timeout(seconds):
        while answer.condition is Condition.IN_PROGRESS:
            answer = await platform.readiness(STAGE)
            await asyncio.sleep(0.3)
    return answer


async def failure(cluster: AskedCluster, *objects: KubeObject) -> str:
    cluster.clock = FastClock(10)
    async with cluster.platform(objects) as platform:
        await platform.apply(STAGE)
        answer = await outcome(platform)
    assert answer.condition is Condition.FAILED, answer.message
    return answer.message


def quick(cluster: AskedCluster, program: str, **changes: Any) -> dict[str, Any]:
    main = {"image": PYTHON, "command": ["python", "-c", program], **changes}
    item = cluster.deployment(replicas=1, main=main)
    item["spec"]["template"]["spec"]["terminationGracePeriodSeconds"] = 0
    return item


SERVE = "import time; time.sleep(600)"


async def test_an_image_that_is_not_there(cluster: AskedCluster) -> None:
    message = await failure(cluster, cluster.deployment(replicas=1))
    assert "cannot get its image registry.invalid/none:1" in message
    assert "0 of 1 replicas" in message or "ImagePull" in message


async def test_a_registry_that_is_away_is_waited_for(cluster: AskedCluster) -> None:
    """Nothing listens on port 9 of the node; two and a half minutes pass by the clock."""
    cluster.clock = FastClock(10)
    item = cluster.deployment(replicas=1, main={"image": "127.0.0.1:9/away:1"})
    async with cluster.platform((item,)) as platform:
        await platform.apply(STAGE)
        with pytest.raises(TimeoutError):
            await outcome(platform, 15)
        message = (await platform.readiness(STAGE)).message
    assert "connection refused" in message
    assert "cannot get its image 127.0.0.1:9/away:1" in message


async def test_a_crash_loop_with_the_last_words_of_the_container(cluster: AskedCluster) -> None:
    program = "import sys; print('opening the database'); sys.exit('no such host: postgres')"
    probe = {"tcpSocket": {"port": 3999}}
    message = await failure(cluster, quick(cluster, program, readinessProbe=probe))
    assert "keeps ending: exit code 1" in message
    assert "opening the database" in message
    assert "no such host: postgres" in message


async def test_a_pod_that_no_node_can_take(cluster: AskedCluster) -> None:
    cluster.clock = FastClock(20)
    huge = {"requests": {"cpu": "900"}}
    async with cluster.platform((quick(cluster, SERVE, resources=huge),)) as platform:
        await platform.apply(STAGE)
        answer = await outcome(platform)
    assert answer.condition is Condition.FAILED
    assert "Insufficient cpu" in answer.message


async def test_a_readiness_probe_that_fails(cluster: AskedCluster) -> None:
    probe = {"tcpSocket": {"port": 3999}, "periodSeconds": 1}
    message = await failure(cluster, quick(cluster, SERVE, readinessProbe=probe))
    assert "is not ready: Readiness probe failed" in message
    assert "3999" in message


async def test_a_quota_that_is_used_up(cluster: AskedCluster) -> None:
    await cluster.create(
        {
            "apiVersion": "v1",
            "kind": "ResourceQuota",
            "metadata": {"name": "none", "namespace": cluster.namespace},
            "spec": {"hard": {"pods": "0"}},
        }
    )
    message = await failure(cluster, quick(cluster, SERVE))
    assert "Deployment/backend cannot create its pods" in message
    assert "exceeded quota: none" in message


async def test_a_setting_that_is_missing(cluster: AskedCluster) -> None:
    source = {"configMapRef": {"name": "absent"}}
    message = await failure(cluster, quick(cluster, SERVE, envFrom=[source]))
    assert 'CreateContainerConfigError, configmap "absent" not found' in message


async def test_a_secret_that_cannot_be_mounted(cluster: AskedCluster) -> None:
    mount = {"name": "token", "mountPath": "/token"}
    item = quick(cluster, SERVE, volumeMounts=[mount])
    volume = {"name": "token", "secret": {"secretName": "absent"}}
    item["spec"]["template"]["spec"]["volumes"] = [volume]
    message = await failure(cluster, item)
    assert 'secret "absent" not found' in message


async def test_a_claim_of_a_class_that_is_not_there(cluster: AskedCluster) -> None:
    claim = cluster.claim()
    claim["spec"]["storageClassName"] = "gold"
    message = await failure(cluster, claim)
    assert 'storageclass.storage.k8s.io "gold" not found' in message


async def test_a_failed_roll_out_keeps_serving_and_goes_back(cluster: AskedCluster) -> None:
    cluster.clock = FastClock(10)
    good = quick(cluster, SERVE)
    async with cluster.platform((good,)) as platform:
        await platform.apply(STAGE)
        assert (await outcome(platform)).is_ready
    bad = cluster.deployment(replicas=1)
    async with cluster.platform((bad,)) as platform:
        await platform.apply(STAGE)
        assert (await outcome(platform)).condition is Condition.FAILED
        assert await platform.roll_back(STAGE) == (
            f"Deployment/backend went back to revision 1 ({PYTHON})"
        )
    async with cluster.platform((good,)) as platform:
        assert (await outcome(platform)).is_ready
        assert (await platform.apply(STAGE)).changed == ()


async def test_a_repair_is_waited_for_and_never_rolled_back(cluster: AskedCluster) -> None:
    """The broken pods before it stay until the new ones are ready; by the clock that is minutes."""
    cluster.clock = FastClock(60)
    await cluster.platform((cluster.deployment(replicas=2),)).apply(STAGE)
    await until_pods(cluster, 2)
    repaired = {**quick(cluster, SERVE)}
    repaired["spec"]["replicas"] = 2
    async with cluster.platform((repaired,)) as platform:
        await platform.apply(STAGE)
        answer = await outcome(platform, 150)
        assert answer.is_ready, answer.message
        assert await platform.roll_back(STAGE) == (
            f"Deployment/backend stays at revision 2 ({PYTHON}): none of the 1 earlier revisions is"
            " known to have been available"
        )


async def until_pods(cluster: AskedCluster, count: int) -> None:
    async with asyncio.timeout(60):
        while len(await cluster.platform().replicas()) < count:
            await asyncio.sleep(0.3)


async def test_an_init_container_that_fails_is_quoted(cluster: AskedCluster) -> None:
    """The kubelet prunes it soon, and then has only a sentence of its own for its log."""
    item = quick(cluster, SERVE)
    program = "import sys; print('connected'); sys.exit('no such table: orders')"
    migrate = {"name": "migrate", "image": PYTHON, "command": ["python", "-c", program]}
    item["spec"]["template"]["spec"]["initContainers"] = [migrate]
    message = await failure(cluster, item)
    assert "container migrate of" in message
    assert "keeps ending: exit code 1" in message
    assert "no such table: orders" in message
    assert "unable to retrieve" not in message


async def test_a_stateful_set_of_a_wrong_class_is_mended_by_making_it_anew(
    cluster: AskedCluster,
) -> None:
    wrong = stateful_set(cluster, quick(cluster, SERVE))
    template = wrong["spec"]["volumeClaimTemplates"][0]
    wrong["spec"]["volumeClaimTemplates"] = [
        {**template, "spec": {**template["spec"], "storageClassName": "gold"}}
    ]
    await cluster.platform((wrong,)).apply(STAGE)
    right = stateful_set(cluster, quick(cluster, SERVE))
    right["spec"]["volumeClaimTemplates"][0]["spec"]["storageClassName"] = await default_class(
        cluster
    )
    with pytest.raises(RefusedError, match="deploy with --recreate to make it anew"):
        await cluster.platform((right,)).apply(STAGE)
    async with cluster.platform((right,), recreate=True) as platform:
        await platform.apply(STAGE)
        answer = await outcome(platform, 150)
    assert answer.is_ready, answer.message


async def default_class(cluster: AskedCluster) -> str:
    page = await cluster.api.get("/apis/storage.k8s.io/v1/storageclasses")
    return next(
        str(each["metadata"]["name"])
        for each in page["items"]
        if (each["metadata"].get("annotations") or {}).get(
            "storageclass.kubernetes.io/is-default-class"
        )
    )


async def test_a_budget_lets_one_go_and_refuses_the_next_with_its_numbers(
    cluster: AskedCluster,
) -> None:
    """Asked at once after it was made, when the API server may still be processing it."""
    item = quick(cluster, SERVE)
    item["spec"]["replicas"] = 2
    async with cluster.platform((item,)) as platform:
        await platform.apply(STAGE)
        assert (await outcome(platform)).is_ready
        first, second = await platform.replicas()
    await cluster.apply_as("me", budget(cluster, 2))
    with pytest.raises(RefusedError, match="needs 2 healthy pods and has 2 currently"):
        await PodFaults(cluster.api, cluster.namespace).evict(first.name)
    await cluster.apply_as("me", budget(cluster, 1))
    await PodFaults(cluster.api, cluster.namespace).evict(second.name)


def budget(cluster: AskedCluster, least: int) -> dict[str, Any]:
    return {
        "apiVersion": "policy/v1",
        "kind": "PodDisruptionBudget",
        "metadata": {"name": "backend-pdb", "namespace": cluster.namespace},
        "spec": {"minAvailable": least, "selector": {"matchLabels": {"app": "backend"}}},
    }


async def test_who_may_not_make_a_secret_is_reported_with_name_verb_and_namespace(
    cluster: AskedCluster,
) -> None:
    async with as_a_stranger(cluster) as api:
        mine = AskedCluster(api, cluster.namespace)
        with pytest.raises(KubeError) as refused:
            await mine.create(mine.secret("chaos", token="hidden"))
        who = f"system:serviceaccount:{cluster.namespace}:nobody"
        where = f"in namespace {cluster.namespace}"
        assert f"{who} may not create secrets {where}; `ironclad check" in str(refused.value)
        with pytest.raises(KubeError, match=f"{who} may not get or create pods/exec x {where}"):
            await PodChannel(api, cluster.namespace, "x", "main").run("true")


@asynccontextmanager
async def as_a_stranger(cluster: AskedCluster) -> AsyncIterator[KubeApi]:
    """Log in as an account of the namespace that may do nothing."""
    accounts = f"/api/v1/namespaces/{cluster.namespace}/serviceaccounts"
    meta = {"name": "nobody", "namespace": cluster.namespace}
    account = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": meta}
    await cluster.api.call(Call(method="POST", path=accounts, body=account))
    body = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {}}
    asked = Call(method="POST", path=f"{accounts}/nobody/token", body=body)
    token = (await cluster.api.call(asked))["status"]["token"]
    config = (await cluster.api.credentials()).configuration
    reached = {"server": config.host, "certificate-authority": config.ssl_ca_cert}
    content = {
        "current-context": "nobody",
        "clusters": [{"name": "here", "cluster": reached}],
        "users": [{"name": "nobody", "user": {"token": token}}],
        "contexts": [{"name": "nobody", "context": {"cluster": "here", "user": "nobody"}}],
    }
    async with KubeApi(Access(content=content)) as api:
        yield api


async def test_a_first_deploy_has_nothing_to_go_back_to(cluster: AskedCluster) -> None:
    platform = cluster.platform((cluster.deployment(replicas=1),))
    await platform.apply(STAGE)
    assert await platform.roll_back(STAGE) is None


async def test_a_stateful_set_with_its_claim_becomes_ready_and_its_data_stays(
    cluster: AskedCluster,
) -> None:
    stateful = stateful_set(cluster, quick(cluster, SERVE))
    async with cluster.platform((stateful,)) as platform:
        await platform.apply(STAGE)
        assert (await outcome(platform)).is_ready
        assert (await platform.apply(STAGE)).changed == ()
        await platform.remove(STAGE, delete_data=False)
        assert await cluster.get("PersistentVolumeClaim", "data-backend-0") is not None
        await platform.remove(STAGE, delete_data=True)
        assert await cluster.get("PersistentVolumeClaim", "data-backend-0") is None


async def test_a_mended_stateful_set_gets_rid_of_its_broken_pod(cluster: AskedCluster) -> None:
    """By itself it would wait for ever for a pod whose image does not exist."""
    cluster.clock = FastClock(10)
    broken = stateful_set(cluster, cluster.deployment(replicas=1))
    async with cluster.platform((broken,)) as platform:
        await platform.apply(STAGE)
        assert (await outcome(platform)).condition is Condition.FAILED
    mended = stateful_set(cluster, quick(cluster, SERVE))
    async with cluster.platform((mended,)) as platform:
        applied = await platform.apply(STAGE)
        assert "Pod/backend-0 replaced (stuck on the revision before)" in applied.changed
        assert (await outcome(platform)).is_ready


def stateful_set(cluster: AskedCluster, item: dict[str, Any]) -> dict[str, Any]:
    labels = {"app": "backend"}
    return {
        "apiVersion": "apps/v1",
        "kind": "StatefulSet",
        "metadata": {"name": "backend", "namespace": cluster.namespace},
        "spec": {
            "serviceName": "backend",
            "selector": {"matchLabels": labels},
            "template": item["spec"]["template"],
            "volumeClaimTemplates": [
                {"metadata": {"name": "data"}, "spec": cluster.claim()["spec"]}
            ],
        },
    }
