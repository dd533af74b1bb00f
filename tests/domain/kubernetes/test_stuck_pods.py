"""Which pods a mended StatefulSet has to be freed from."""

from typing import Any

import pytest

from ironclad.domain.kubernetes.readiness.revisions import is_observed, may_be_stuck, stuck_pods

STATEFUL_SET = {
    "metadata": {"name": "x", "generation": 2},
    "spec": {"replicas": 1},
    "status": {"observedGeneration": 2, "readyReplicas": 0, "updateRevision": "new"},
}
BROKEN = {"name": "main", "state": {"waiting": {"reason": "ImagePullBackOff"}}, "ready": False}
STARTING = {"name": "main", "state": {"waiting": {"reason": "ContainerCreating"}}, "ready": False}


def pod(revision: str, container: dict[str, Any], **status: Any) -> dict[str, Any]:
    labels = {"controller-revision-hash": revision}
    meta = {"name": "x-0", "namespace": "demo", "labels": labels}
    return {"kind": "Pod", "metadata": meta, "status": {"containerStatuses": [container], **status}}


READY = {"conditions": [{"type": "Ready", "status": "True"}]}

CASES = {
    "a broken one of the revision before": (pod("old", BROKEN), True),
    "a broken one of the new revision": (pod("new", BROKEN), False),
    "one of the revision before that still starts": (pod("old", STARTING), False),
    "one of the revision before that serves": (pod("old", BROKEN, **READY), False),
}


@pytest.mark.parametrize(("item", "is_stuck"), CASES.values(), ids=CASES)
def test_a_pod_is_stuck(item: dict[str, Any], is_stuck: bool) -> None:  # noqa: FBT001
    assert bool(stuck_pods(STATEFUL_SET, [item])) is is_stuck


def test_only_a_set_that_is_not_ready_is_looked_at() -> None:
    assert may_be_stuck(STATEFUL_SET)
    assert not may_be_stuck({"spec": {"replicas": 1}, "status": {"readyReplicas": 1}})
    assert is_observed(STATEFUL_SET)
    assert not is_observed({**STATEFUL_SET, "metadata": {"generation": 3}})
