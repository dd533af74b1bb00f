"""What keeps the load's pod is said while it is waited for, and ends the wait within seconds.

A Job that found no CPU was once waited for in silence for 120 s, behind another step's words.
"""

from pathlib import Path
from typing import Any

import pytest

from ironclad.adapters.kubernetes.game_day import load_account
from ironclad.adapters.kubernetes.game_day.load import KubernetesLoad
from ironclad.adapters.kubernetes.game_day.load_account import LoadStart, no_capacity
from ironclad.domain.kubernetes.load_job import LoadJobSettings
from ironclad.errors import UnreachableError
from tests.fakes.kube.asked import AskedCluster
from tests.fakes.kube.outlet import Outlet

SCHEDULER = "0/1 nodes are available: 1 Insufficient cpu."
QUOTA = 'pods "load-1-x" is forbidden: exceeded quota: stack'


def put_pod(outlet: Outlet, status: dict[str, Any]) -> None:
    meta = {"name": "load-1-x", "namespace": "demo", "labels": {"job-name": "load-1"}}
    outlet.kube.put({"apiVersion": "v1", "kind": "Pod", "metadata": meta, "status": status})


def unschedulable() -> dict[str, Any]:
    condition = {"type": "PodScheduled", "status": "False", "reason": "Unschedulable"}
    return {"phase": "Pending", "conditions": [{**condition, "message": SCHEDULER}]}


def put_failure(outlet: Outlet) -> None:
    meta = {"name": "load-1.1", "namespace": "demo"}
    about = {"kind": "Job", "name": "load-1", "namespace": "demo"}
    outlet.kube.put(
        {
            "apiVersion": "v1",
            "kind": "Event",
            "metadata": meta,
            "involvedObject": about,
            "reason": "FailedCreate",
            "message": QUOTA,
        }
    )


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(load_account, "STANDS_SECONDS", 0.5)


@pytest.mark.usefixtures("impatient")
async def test_the_schedulers_words_come_at_once_and_end_the_wait(
    outlet: Outlet, own: AskedCluster, caplog: pytest.LogCaptureFixture
) -> None:
    put_pod(outlet, unschedulable())
    with caplog.at_level("INFO"), pytest.raises(UnreachableError) as ended:
        await LoadStart(own.api, "demo", "load-1").pod()
    assert str(ended.value) == (
        "context fake, namespace demo: the load generator did not start within 1 s:"
        f" Pod/load-1-x cannot be scheduled: {SCHEDULER}"
    )
    assert "waiting for the load's pod: 0 of 120 s, Pod/load-1-x cannot" in caplog.messages[0]


@pytest.mark.usefixtures("impatient")
async def test_a_pod_that_a_quota_forbids_is_reported_by_the_jobs_event(
    outlet: Outlet, own: AskedCluster
) -> None:
    put_failure(outlet)
    with pytest.raises(UnreachableError, match=r"Job/load-1 cannot make .* exceeded quota"):
        await LoadStart(own.api, "demo", "load-1").pod()


async def test_other_words_for_the_same_cause_do_not_begin_the_wait_anew(
    own: AskedCluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each try of a Job names another pod in its event: a quota once took 25 s to end the wait."""
    monkeypatch.setattr(load_account, "STANDS_SECONDS", 0.0)
    start = LoadStart(own.api, "demo", "load-1")
    start._key = "unmade"  # noqa: SLF001
    with pytest.raises(UnreachableError, match="another pod"):
        start._look("the quota forbids another pod", "unmade")  # noqa: SLF001


@pytest.mark.usefixtures("impatient")
async def test_a_pod_that_is_only_slow_is_waited_for(outlet: Outlet, own: AskedCluster) -> None:
    put_pod(outlet, unschedulable())
    start = LoadStart(own.api, "demo", "load-1")
    start._look("another reason", "another")  # noqa: SLF001 - what stood before is over
    put_pod(outlet, {"phase": "Running"})
    assert await start.pod() == "load-1-x"


@pytest.mark.parametrize(("cpu", "words"), [("4", ""), ("200m", "0.2 CPU and 1024 Mi free of")])
async def test_the_capacity_of_the_nodes_is_asked_for(
    outlet: Outlet, own: AskedCluster, cpu: str, words: str
) -> None:
    allocatable = {"cpu": cpu, "memory": "1Gi", "pods": "110"}
    node = {"apiVersion": "v1", "kind": "Node", "metadata": {"name": "n1"}}
    outlet.kube.put({**node, "status": {"allocatable": allocatable}})
    reason = await no_capacity(own.api)
    assert bool(reason) is bool(words)
    assert words in reason


async def test_who_may_not_list_nodes_does_not_ask_and_is_not_refused(
    outlet: Outlet, own: AskedCluster, tmp_path: Path
) -> None:
    """The runner's Role is for one namespace; a request beyond it would be a 403 in each audit."""
    outlet.kube.refused.add(("list", "nodes"))
    settings = LoadJobSettings(namespace="demo", image="x", service_url="http://backend:3000")
    assert await KubernetesLoad(own.api, settings, tmp_path).refusal() == ""
    assert ("list", "nodes") not in outlet.kube.used
    outlet.kube.refused.clear()
    assert "there is no node" in await KubernetesLoad(own.api, settings, tmp_path).refusal()
