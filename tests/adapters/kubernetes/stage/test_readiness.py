"""A stage's readiness over the fake: its message while it waits, fails, or cannot see."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from ironclad.adapters.kubernetes.stage.platform import KubernetesPlatform
from ironclad.domain.stack.readiness import Condition, Readiness
from ironclad.domain.stack.stack import Stage
from tests.fakes.clocks.fast_clock import FastClock
from tests.fakes.kube.asked import AskedCluster
from tests.fakes.kube.outlet import Outlet

STAGE = Stage.BACKEND
DONE = {
    "observedGeneration": 1,
    "replicas": 1,
    "updatedReplicas": 1,
    "readyReplicas": 1,
    "availableReplicas": 1,
}


@pytest.fixture
async def platform(own: AskedCluster) -> AsyncIterator[KubernetesPlatform]:
    """A stage of one Deployment on a fake of the test's own; a minute passes in a second."""
    own.clock = FastClock(60)
    async with own.platform((own.deployment(replicas=1), own.config())) as platform:
        await platform.apply(STAGE)
        yield platform


async def until(platform: KubernetesPlatform, words: str) -> Readiness:
    async with asyncio.timeout(15):
        while words not in (answer := await platform.readiness(STAGE)).message:
            await asyncio.sleep(0.02)
    return answer


def crashing(message: str = "") -> dict[str, Any]:
    ended = {"terminated": {"exitCode": 1, "reason": "Error", "message": message}}
    state = {"waiting": {"reason": "CrashLoopBackOff"}}
    container = {"name": "main", "state": state, "lastState": ended, "restartCount": 2}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "backend-1", "namespace": "demo", "labels": {"app": "backend"}},
        "status": {"phase": "Running", "containerStatuses": [{**container, "ready": False}]},
    }


async def test_it_follows_the_cluster_to_the_end(
    outlet: Outlet, platform: KubernetesPlatform
) -> None:
    await until(platform, "Deployment/backend: its controller has not seen the last change yet")
    outlet.kube.set_status("deployments", "demo", "backend", {**DONE, "availableReplicas": 0})
    await until(platform, "0 of 1 replicas available (1 of 2 objects ready)")
    outlet.kube.set_status("deployments", "demo", "backend", DONE)
    answer = await until(platform, "1 of 1 replicas available")
    assert answer.is_ready


async def test_a_cause_is_reported_at_once_and_ends_the_wait_after_its_grace(
    outlet: Outlet, platform: KubernetesPlatform
) -> None:
    outlet.kube.logs["backend-1", "main", True] = "starting\nno such host: postgres\n"
    outlet.kube.put(crashing())
    hopeful = await until(platform, "keeps ending")
    assert hopeful.condition is Condition.IN_PROGRESS
    final = await until(platform, "its last log lines: starting | no such host: postgres")
    assert final.condition is Condition.FAILED
    assert "Deployment/backend" in final.message


async def test_the_running_containers_log_is_read_where_none_has_ended(
    outlet: Outlet, platform: KubernetesPlatform
) -> None:
    outlet.kube.logs["backend-1", "main", False] = "still trying\n"
    outlet.kube.put(crashing())
    assert "still trying" in (await until(platform, "its last log lines")).message


GONE = "unable to retrieve container logs for containerd://3f1c\n"
"""The kubelet's answer, with status 200, for a container that is gone from the node."""


async def test_the_termination_message_is_reported_where_the_kubelet_has_pruned_the_log(
    outlet: Outlet, platform: KubernetesPlatform
) -> None:
    """Its sentence about the log is no line of the log."""
    outlet.kube.logs["backend-1", "main", True] = GONE
    outlet.kube.logs["backend-1", "main", False] = GONE
    outlet.kube.put(crashing(message="no such table: orders\n"))
    final = await until(platform, "keeps ending: exit code 1, 2 restarts; its")
    assert "its termination message: no such table: orders;" in final.message
    assert "unable to retrieve" not in final.message


async def test_a_log_that_was_there_once_is_remembered(
    outlet: Outlet, platform: KubernetesPlatform
) -> None:
    outlet.kube.logs["backend-1", "main", True] = "no such host: postgres\n"
    outlet.kube.put(crashing(message="too short"))
    await until(platform, "keeps ending")
    outlet.kube.logs["backend-1", "main", True] = GONE
    final = await until(platform, "restarts; its")
    assert "its last log lines: no such host: postgres" in final.message


async def test_a_container_without_a_log_is_reported_as_such(
    outlet: Outlet, platform: KubernetesPlatform
) -> None:
    outlet.kube.logs["backend-1", "main", True] = "\n \n"
    outlet.kube.put(crashing())
    assert (await until(platform, "it left no log line and no termination message")) is not None


async def test_a_log_that_may_not_be_read_is_reported_with_who_may_not(
    outlet: Outlet, platform: KubernetesPlatform
) -> None:
    outlet.kube.refused.add(("get", "pods/log"))
    outlet.kube.put(crashing())
    answer = await until(platform, "its log cannot be read")
    assert "me may not get pods/log backend-1 in namespace demo" in answer.message


async def test_an_absent_api_server_is_waited_for_and_never_taken_for_an_answer(
    outlet: Outlet, platform: KubernetesPlatform
) -> None:
    outlet.kube.set_status("deployments", "demo", "backend", DONE)
    assert (await until(platform, "1 of 1 replicas available")).is_ready
    outlet.stop()
    blind = await until(platform, "does not answer")
    assert blind.condition is Condition.IN_PROGRESS
    outlet.start()
    assert (await until(platform, "1 of 1 replicas available")).is_ready


async def test_what_may_not_be_watched_can_never_be_judged(
    outlet: Outlet, platform: KubernetesPlatform
) -> None:
    outlet.kube.refused.add(("list", "pods"))
    answer = await until(platform, "me may not list pods")
    assert answer.condition is Condition.FAILED


async def test_what_somebody_deleted_is_missing(
    outlet: Outlet, platform: KubernetesPlatform
) -> None:
    outlet.kube.set_status("deployments", "demo", "backend", DONE)
    outlet.kube.remove("configmaps", "demo", "settings")
    answer = await until(platform, "ConfigMap/settings does not exist")
    assert answer.condition is Condition.IN_PROGRESS


async def test_a_platform_that_is_closed_leaves_no_task_behind(own: AskedCluster) -> None:
    before = asyncio.all_tasks()
    async with own.platform((own.config(),)) as platform:
        await platform.apply(STAGE)
        await platform.readiness(STAGE)
        assert asyncio.all_tasks() > before
    assert asyncio.all_tasks() == before


# replicas


async def test_replicas_are_the_pods_that_stay_in_name_order(
    outlet: Outlet, own: AskedCluster
) -> None:
    ending = {"deletionTimestamp": "2026-01-01T00:00:00Z"}
    for name, meta, phase in (
        ("backend-2", {}, "Pending"),
        ("backend-1", {}, "Running"),
        ("backend-3", ending, "Running"),
        ("backend-4", {}, "Failed"),
    ):
        item = crashing()
        item["metadata"] = {**item["metadata"], "name": name, **meta}
        outlet.kube.put({**item, "status": {"phase": phase}})
    first, second = await own.platform().replicas()
    assert (first.name, second.name) == ("backend-1", "backend-2")
    assert first.url == f"{outlet.kube.url}/api/v1/namespaces/demo/pods/backend-1:3000/proxy"
