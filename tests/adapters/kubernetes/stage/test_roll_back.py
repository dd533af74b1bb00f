"""A roll-out that mends itself is waited for, and one that fails goes back only to what worked.

Source: `kubectl rollout status` and kstatus call a Deployment whose new pods still start "in
progress", whatever the pods of the revision before say.
"""

from typing import Any

import pytest

from ironclad.domain.stack.readiness import Condition
from ironclad.domain.stack.stack import Stage
from tests.fakes.clocks.virtual_clock import VirtualClock
from tests.fakes.kube.asked import AskedCluster
from tests.fakes.kube.outlet import Outlet

STAGE = Stage.BACKEND
TYPO, GOOD = "shop:typo", "shop:2"
BROKEN = {"waiting": {"reason": "ImagePullBackOff", "message": "not found"}}
STARTING = {"waiting": {"reason": "ContainerCreating"}}


def ran(image: str, own: AskedCluster, **changes: Any) -> dict[str, Any]:
    return own.deployment(replicas=3, main={"image": image}, **changes)


def pod(name: str, template_hash: str, state: dict[str, Any]) -> dict[str, Any]:
    conditions = [
        {"type": "PodScheduled", "status": "True"},
        {"type": "Ready", "status": "False"},
    ]
    container = {"name": "main", "image": "shop", "ready": False, "state": state}
    labels = {"app": "backend", "pod-template-hash": template_hash}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "namespace": "demo", "labels": labels},
        "status": {"conditions": conditions, "containerStatuses": [container]},
    }


class Controller:
    """Does by hand what the Deployment controller does; the fake has none."""

    def __init__(self, outlet: Outlet) -> None:
        self._kube = outlet.kube

    def rolls(self, revision: int, image: str, *, reason: str = "", **status: Any) -> None:
        """Bring the newest revision to the Deployment and a ReplicaSet of its own."""
        item = self._kube.get("deployments", "demo", "backend")
        assert item is not None
        marks = {"deployment.kubernetes.io/revision": str(revision)}
        meta = item["metadata"]
        meta["annotations"] = {**(meta.get("annotations") or {}), **marks}
        progressing = {"type": "Progressing", "status": "True", "reason": reason}
        state = {"observedGeneration": meta["generation"], "conditions": [progressing], **status}
        self._kube.put({**item, "status": state})
        self._kube.put(_replica_set(revision, image, meta["uid"]))

    def runs(self, *pods: dict[str, Any]) -> None:
        for each in pods:
            self._kube.put(each)

    @property
    def image(self) -> str:
        item = self._kube.get("deployments", "demo", "backend")
        assert item is not None
        return str(item["spec"]["template"]["spec"]["containers"][0]["image"])


def _replica_set(revision: int, image: str, uid: str) -> dict[str, Any]:
    labels = {"app": "backend", "pod-template-hash": str(revision)}
    container = {"name": "main", "image": image}
    return {
        "apiVersion": "apps/v1",
        "kind": "ReplicaSet",
        "metadata": {
            "name": f"backend-{revision}",
            "namespace": "demo",
            "labels": labels,
            "annotations": {"deployment.kubernetes.io/revision": str(revision)},
            "ownerReferences": [{"uid": uid}],
        },
        "spec": {
            "replicas": 3,
            "template": {"metadata": {"labels": labels}, "spec": {"containers": [container]}},
        },
        "status": {"availableReplicas": 0},
    }


@pytest.fixture
def controller(outlet: Outlet) -> Controller:
    return Controller(outlet)


async def test_a_repair_is_waited_for_while_the_broken_pods_before_it_leave(
    own: AskedCluster, controller: Controller
) -> None:
    clock = own.clock = VirtualClock()
    await own.platform((ran(TYPO, own),)).apply(STAGE)
    controller.rolls(1, TYPO)
    async with own.platform((ran(GOOD, own),)) as platform:
        await platform.apply(STAGE)
        controller.rolls(2, GOOD, replicas=4, updatedReplicas=2)
        controller.runs(
            *(pod(f"old-{n}", "1", BROKEN) for n in "ab"),
            *(pod(f"new-{n}", "2", STARTING) for n in "ab"),
        )
        for _ in range(3):
            answer = await platform.readiness(STAGE)
            clock.jump(61)
    assert answer.condition is Condition.IN_PROGRESS
    assert answer.message == ("Deployment/backend: 2 of 3 replicas updated (0 of 1 objects ready)")
    assert controller.image == GOOD


async def test_no_repair_is_undone_for_a_revision_that_never_worked(
    own: AskedCluster, controller: Controller
) -> None:
    await own.platform((ran(TYPO, own),)).apply(STAGE)
    controller.rolls(1, TYPO, reason="ReplicaSetUpdated")
    platform = own.platform((ran(GOOD, own),))
    await platform.apply(STAGE)
    controller.rolls(2, GOOD)
    assert await platform.roll_back(STAGE) == (
        "Deployment/backend stays at revision 2 (shop:2): none of the 1 earlier revisions is known"
        " to have been available"
    )
    assert controller.image == GOOD


async def test_a_revision_that_rolled_out_is_gone_back_to_though_no_pod_of_it_is_left(
    own: AskedCluster, controller: Controller
) -> None:
    """As with the strategy Recreate; `NewReplicaSetAvailable` is what kubectl calls rolled out."""
    await own.platform((ran(GOOD, own),)).apply(STAGE)
    controller.rolls(1, GOOD, reason="NewReplicaSetAvailable")
    platform = own.platform((ran(TYPO, own),))
    await platform.apply(STAGE)
    controller.rolls(2, TYPO)
    assert await platform.roll_back(STAGE) == (
        "Deployment/backend went back to revision 1 (shop:2)"
    )
    assert controller.image == GOOD


async def test_what_is_remembered_is_no_change_that_a_deploy_tells(
    own: AskedCluster, controller: Controller
) -> None:
    platform = own.platform((ran(GOOD, own),))
    await platform.apply(STAGE)
    controller.rolls(1, GOOD, reason="NewReplicaSetAvailable")
    assert (await platform.apply(STAGE)).changed == ()
    assert (await platform.diff(STAGE)).is_empty
