"""A workload is judged by the pods of its newest revision: the others leave, or are over.

Source: `kubectl rollout status` and kstatus look at updated replicas alone; kubernetes issue 67250
for what an ordered StatefulSet does.
"""

from typing import Any

import pytest

from ironclad.domain.kubernetes.kube_object import ObjectRef
from ironclad.domain.kubernetes.readiness.workload_causes import Observation, causes, progress

LABELS = {"app": "shop"}
BROKEN = {"waiting": {"reason": "ImagePullBackOff", "message": "not found"}}
STARTING = {"waiting": {"reason": "ContainerCreating"}}


def workload(kind: str, *, annotations: dict[str, str] | None = None, **more: Any) -> Any:
    meta = {"name": "shop", "namespace": "demo", "uid": "u1", "generation": 2}
    spec = {"replicas": 2, "selector": {"matchLabels": LABELS}, **more.pop("spec", {})}
    status = {"observedGeneration": 2, **more.pop("status", {})}
    whole = {"kind": kind, "metadata": {**meta, "annotations": annotations or {}}}
    return {**whole, "spec": spec, "status": status}


def pod(name: str, state: dict[str, Any], phase: str = "Pending", **labels: str) -> dict[str, Any]:
    container = {"name": "main", "image": "shop", "ready": False, "state": state}
    marks = {key.replace("_", "-"): value for key, value in labels.items()}
    meta = {"name": name, "namespace": "demo", "labels": {**LABELS, **marks}}
    return {
        "kind": "Pod",
        "metadata": {**meta, "creationTimestamp": f"2026-01-01T00:00:0{name[-1]}Z"},
        "status": {"phase": phase, "containerStatuses": [container]},
    }


def replica_set(revision: int, **status: Any) -> dict[str, Any]:
    meta = {
        "name": f"shop-{revision}",
        "namespace": "demo",
        "uid": f"rs-{revision}",
        "labels": {**LABELS, "pod-template-hash": str(revision)},
        "annotations": {"deployment.kubernetes.io/revision": str(revision)},
        "ownerReferences": [{"uid": "u1"}],
    }
    return {"kind": "ReplicaSet", "metadata": meta, "spec": {"replicas": 2}, "status": status}


SETS = (replica_set(1), replica_set(2))
REVISED = workload("StatefulSet", status={"updateRevision": "new", "currentRevision": "old"})
PARTED = {"updateStrategy": {"rollingUpdate": {"partition": 1}}}
BY_HAND = {"updateStrategy": {"type": "OnDelete"}}
GENERATION = {"deprecated.daemonset.template.generation": "2"}

CASES: dict[str, tuple[Any, list[Any], bool]] = {
    "a Deployment's new one": (
        workload("Deployment"),
        [pod("b-1", BROKEN, pod_template_hash="2")],
        True,
    ),
    "a Deployment's one of the revision before": (
        workload("Deployment"),
        [pod("a-1", BROKEN, pod_template_hash="1"), pod("b-1", STARTING, pod_template_hash="2")],
        False,
    ),
    "an evicted one that stays listed": (
        workload("Deployment"),
        [pod("b-1", {"terminated": {"exitCode": 137}}, "Failed", pod_template_hash="2")],
        False,
    ),
    "a Deployment's one while the controller has not seen the change": (
        workload("Deployment", status={"observedGeneration": 1}),
        [pod("b-1", BROKEN, pod_template_hash="2")],
        False,
    ),
    "a StatefulSet's new one": (
        REVISED,
        [pod("s-0", BROKEN, controller_revision_hash="new")],
        True,
    ),
    "a StatefulSet's one of the revision before": (
        REVISED,
        [pod("s-0", BROKEN, controller_revision_hash="old")],
        False,
    ),
    "one that a partition keeps": (
        {**REVISED, "spec": {**REVISED["spec"], **PARTED}},
        [pod("s-0", BROKEN, controller_revision_hash="old")],
        True,
    ),
    "one that a person has to delete": (
        {**REVISED, "spec": {**REVISED["spec"], **BY_HAND}},
        [pod("s-0", BROKEN, controller_revision_hash="old")],
        True,
    ),
    "a DaemonSet's new one": (
        workload("DaemonSet", annotations=GENERATION),
        [pod("d-1", BROKEN, pod_template_generation="2")],
        True,
    ),
    "a DaemonSet's one of the template before": (
        workload("DaemonSet", annotations=GENERATION),
        [pod("d-1", BROKEN, pod_template_generation="1")],
        False,
    ),
    "a Job's attempt after which another one runs": (
        workload("Job"),
        [pod("j-1", {"terminated": {"exitCode": 1}}, "Failed"), pod("j-2", {"running": {}})],
        False,
    ),
    "a Job's last attempt": (
        workload("Job"),
        [pod("j-1", {"terminated": {"exitCode": 1}}, "Failed")],
        True,
    ),
}


@pytest.mark.parametrize(("item", "pods", "counts"), CASES.values(), ids=CASES)
def test_a_broken_pod_counts(item: Any, pods: list[Any], counts: bool) -> None:  # noqa: FBT001
    seen = Observation(objects=[item], pods=pods, replica_sets=SETS)
    assert bool(causes(seen)) is counts


def test_new_pods_that_start_are_progress_though_as_many_old_ones_ran_before() -> None:
    def started(pods: list[Any]) -> int:
        for each in pods:
            each["status"]["containerStatuses"][0]["containerID"] = "c"
        seen = Observation(objects=[workload("Deployment")], pods=pods, replica_sets=SETS)
        return progress(seen)["Deployment/shop@2 started"]

    old = [pod("a-1", {"running": {}}, pod_template_hash="1")]
    assert started(old) == 0
    assert started([*old, pod("b-1", {"running": {}}, pod_template_hash="2")]) == 1


FAILURE = {"type": "ReplicaFailure", "status": "True", "message": "exceeded quota"}


@pytest.mark.parametrize(("revision", "counts"), [(1, False), (2, True)])
def test_only_the_newest_replica_sets_refused_pods_count(revision: int, counts: bool) -> None:  # noqa: FBT001
    """The Deployment's own condition may be copied from an earlier ReplicaSet."""
    item = workload("Deployment", status={"conditions": [FAILURE]})
    sets = [replica_set(n, **({"conditions": [FAILURE]} if n == revision else {})) for n in (1, 2)]
    assert bool(causes(Observation(objects=[item], replica_sets=sets))) is counts


def test_a_replica_set_that_cannot_be_made_is_reported() -> None:
    refused = {
        "type": "Progressing",
        "status": "False",
        "reason": "ReplicaSetCreateError",
        "message": 'replicasets.apps "shop-2" is forbidden: exceeded quota',
    }
    item = workload("Deployment", status={"conditions": [refused]})
    (cause,) = causes(Observation(objects=[item]))
    assert "cannot create its pods: replicasets.apps" in cause.sentence


def event(reason: str, message: str = "", uid: str = "") -> dict[str, Any]:
    return {"reason": reason, "message": message, "involvedObject": {"uid": uid}}


REFUSED = event("FailedCreate", "exceeded quota: pods=2")


@pytest.mark.parametrize(
    ("events", "counts"),
    [
        pytest.param([REFUSED], True, id="the newest word"),
        pytest.param([REFUSED, event("SuccessfulCreate")], False, id="passed"),
        pytest.param([event("SuccessfulCreate"), REFUSED], True, id="again"),
        pytest.param([event("FailedCreate", uid="another")], False, id="of another of its name"),
    ],
)
def test_refused_pods_count_while_that_is_the_last_word(
    events: list[dict[str, Any]],
    counts: bool,  # noqa: FBT001
) -> None:
    """A ReplicaSet's events are about itself, not about its Deployment."""
    about = {ObjectRef("ReplicaSet", "shop-2", "demo"): events}
    seen = Observation(objects=[workload("Deployment")], replica_sets=SETS, events=about)
    assert bool(causes(seen)) is counts
