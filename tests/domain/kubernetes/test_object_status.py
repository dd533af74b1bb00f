"""Readiness of one object, by the situations in which a person would look at it."""

from typing import Any

import pytest

from ironclad.domain.kubernetes.readiness.object_status import status_of
from ironclad.domain.stack.readiness import Condition

READY, WAITING, FAILED = Condition.READY, Condition.IN_PROGRESS, Condition.FAILED


def thing(kind: str, spec: Any = None, status: Any = None, **meta: Any) -> dict[str, Any]:
    return {
        "kind": kind,
        "metadata": {"name": "x", "namespace": "demo", "generation": 2, **meta},
        "spec": spec or {},
        "status": status or {},
    }


def deployment(**status: Any) -> dict[str, Any]:
    return thing("Deployment", {"replicas": 3}, {"observedGeneration": 2, **status})


def stateful_set(spec: Any = None, **status: Any) -> dict[str, Any]:
    revisions = {"currentRevision": "a", "updateRevision": "a"}
    whole = {"observedGeneration": 2, **revisions, **status}
    return thing("StatefulSet", {"replicas": 2, **(spec or {})}, whole)


def condition(kind: str, value: str = "True", **more: str) -> dict[str, Any]:
    return {"conditions": [{"type": kind, "status": value, **more}]}


LATE = condition("Progressing", "False", reason="ProgressDeadlineExceeded")
DONE = {"replicas": 3, "updatedReplicas": 3, "availableReplicas": 3}

CASES = {
    "a Deployment that its controller has not seen": (
        thing("Deployment", {"replicas": 3}, {"observedGeneration": 1, **DONE}),
        WAITING,
        "has not seen the last change",
    ),
    "a Deployment that no controller has observed": (
        thing("Deployment", {"replicas": 3}),
        WAITING,
        "has not seen the last change",
    ),
    "a Deployment of which one replica is updated": (
        deployment(replicas=4, updatedReplicas=1, availableReplicas=3),
        WAITING,
        "1 of 3 replicas updated",
    ),
    "a Deployment with old replicas left": (
        deployment(replicas=4, updatedReplicas=3, availableReplicas=3),
        WAITING,
        "1 old replicas still to end",
    ),
    "a Deployment whose replicas are not available": (
        deployment(replicas=3, updatedReplicas=3, availableReplicas=2),
        WAITING,
        "2 of 3 replicas available",
    ),
    "a Deployment that is done": (deployment(**DONE), READY, "3 of 3 replicas available"),
    "a Deployment past its deadline": (
        deployment(replicas=4, updatedReplicas=1, availableReplicas=3, **LATE),
        FAILED,
        "passed its progress deadline with 1 of 3 replicas updated (3 available)",
    ),
    "a Deployment of no replicas": (
        thing("Deployment", {"replicas": 0}, {"observedGeneration": 2}),
        READY,
        "0 of 0",
    ),
    "a StatefulSet that is not ready": (stateful_set(readyReplicas=1), WAITING, "1 of 2"),
    "a StatefulSet with pods of the revision before": (
        stateful_set(readyReplicas=2, updatedReplicas=1),
        WAITING,
        "1 of 2 replicas updated",
    ),
    "a StatefulSet whose revision is not settled": (
        stateful_set(readyReplicas=2, updatedReplicas=2, updateRevision="b"),
        WAITING,
        "waiting for revision b",
    ),
    "a StatefulSet that is done": (
        stateful_set(readyReplicas=2, updatedReplicas=2, availableReplicas=2),
        READY,
        "2 of 2",
    ),
    "a StatefulSet that is updated by hand": (
        stateful_set({"updateStrategy": {"type": "OnDelete"}}, readyReplicas=2),
        READY,
        "2 of 2",
    ),
    "a StatefulSet with a partition": (
        stateful_set(
            {"updateStrategy": {"rollingUpdate": {"partition": 1}}},
            readyReplicas=2,
            updatedReplicas=1,
            availableReplicas=2,
            updateRevision="b",
        ),
        READY,
        "2 of 2",
    ),
    "a DaemonSet that is behind": (
        thing("DaemonSet", {}, {"observedGeneration": 2, "desiredNumberScheduled": 2}),
        WAITING,
        "0 of 2 replicas updated",
    ),
    "a claim that waits": (
        thing("PersistentVolumeClaim", {}, {"phase": "Pending"}),
        WAITING,
        "not bound",
    ),
    "a claim that is bound": (
        thing("PersistentVolumeClaim", {}, {"phase": "Bound"}),
        READY,
        "is bound",
    ),
    "a claim whose volume is lost": (
        thing("PersistentVolumeClaim", {"volumeName": "pv-1"}, {"phase": "Lost"}),
        FAILED,
        "pv-1",
    ),
    "a Job at work": (thing("Job", {"completions": 1}, {"active": 1}), WAITING, "0 of 1"),
    "a Job that is done": (thing("Job", {}, condition("Complete")), READY, "is complete"),
    "a Job that failed": (
        thing("Job", {}, condition("Failed", reason="BackoffLimitExceeded", message="once")),
        FAILED,
        "BackoffLimitExceeded, once",
    ),
    "a pod that runs": (
        thing("Pod", {}, {"phase": "Running", **condition("Ready", "False")}),
        WAITING,
        "running, not ready",
    ),
    "a pod that is ready": (
        thing("Pod", {}, {"phase": "Running", **condition("Ready")}),
        READY,
        "is ready",
    ),
    "a pod that failed": (
        thing("Pod", {}, {"phase": "Failed", "reason": "Evicted", "message": "low on memory"}),
        FAILED,
        "low on memory",
    ),
    "an autoscaler that no controller has observed": (
        thing("HorizontalPodAutoscaler"),
        READY,
        "without metrics so far",
    ),
    "an autoscaler that finds nothing to scale": (
        thing(
            "HorizontalPodAutoscaler",
            {},
            condition("AbleToScale", "False", reason="FailedGetScale", message="no such thing"),
        ),
        WAITING,
        "cannot scale: no such thing",
    ),
    "an autoscaler without metrics": (
        thing(
            "HorizontalPodAutoscaler",
            {},
            {
                "conditions": [
                    {"type": "AbleToScale", "status": "True"},
                    {
                        "type": "ScalingActive",
                        "status": "False",
                        "reason": "FailedGetResourceMetric",
                    },
                ]
            },
        ),
        READY,
        "FailedGetResourceMetric",
    ),
    "a budget that is not met": (
        thing(
            "PodDisruptionBudget",
            {},
            {"observedGeneration": 2, "currentHealthy": 1, "desiredHealthy": 2},
        ),
        WAITING,
        "1 healthy of at least 2",
    ),
    "a namespace that ends": (
        thing("Namespace", {}, {"phase": "Terminating"}),
        WAITING,
        "is Terminating",
    ),
    "an Ingress without an address": (thing("Ingress"), READY, "no address so far"),
    "a ConfigMap": (thing("ConfigMap"), READY, "ConfigMap/x exists"),
    "anything that is being deleted": (
        thing("ConfigMap", deletionTimestamp="2026-01-01T00:00:00Z"),
        WAITING,
        "is being deleted",
    ),
}


@pytest.mark.parametrize(("item", "wanted", "words"), CASES.values(), ids=CASES)
def test_an_object_is_as_ready_as_its_status_says(
    item: dict[str, Any], wanted: Condition, words: str
) -> None:
    answer = status_of(item)
    assert answer.condition is wanted
    assert words in answer.message


def endpoint_slice(service: str, *ready: object) -> dict[str, Any]:
    labels = {"kubernetes.io/service-name": service}
    conditions = ({} if each is None else {"ready": each} for each in ready)
    return {
        "kind": "EndpointSlice",
        "metadata": {"name": f"{service}-1", "namespace": "demo", "labels": labels},
        "endpoints": [{"conditions": each} for each in conditions],
    }


SERVICE = thing("Service", {"selector": {"app": "x"}})

YES, NO = True, False

SLICES = {
    "without any endpoint": ((), WAITING),
    "with endpoints of others": ((endpoint_slice("y", YES),), WAITING),
    "with an unready endpoint": ((endpoint_slice("x", NO),), WAITING),
    "with one ready endpoint of two": ((endpoint_slice("x", NO, YES),), READY),
    "with an endpoint that says nothing, which means ready": ((endpoint_slice("x", None),), READY),
}


@pytest.mark.parametrize(("slices", "wanted"), SLICES.values(), ids=SLICES)
def test_a_service_is_ready_with_one_ready_endpoint(
    slices: tuple[dict[str, Any], ...], wanted: Condition
) -> None:
    assert status_of(SERVICE, slices).condition is wanted


def test_a_service_without_a_selector_has_no_endpoints_of_its_own() -> None:
    assert status_of(thing("Service", {"type": "ExternalName"})).is_ready
