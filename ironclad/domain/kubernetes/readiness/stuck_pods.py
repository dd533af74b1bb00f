"""Pods that keep a StatefulSet from its own repair.

An ordered StatefulSet waits for a broken pod of the last revision to become ready, which it never
will (kubernetes issue 67250). The documentation advises to delete that pod by hand.
"""

from collections.abc import Iterable

from ironclad.domain.kubernetes.kube_object import (
    KubeObject,
    condition,
    labels,
    metadata,
    spec,
    status,
)
from ironclad.domain.kubernetes.readiness.pod_causes import pod_causes

_REVISION = "controller-revision-hash"


def may_be_stuck(stateful_set: KubeObject) -> bool:
    """Tell whether a look at the pods is worth it: not all are ready."""
    return bool(
        status(stateful_set).get("readyReplicas", 0) < spec(stateful_set).get("replicas", 1)
    )


def is_observed(stateful_set: KubeObject) -> bool:
    seen = status(stateful_set).get("observedGeneration", 0)
    return bool(seen >= metadata(stateful_set).get("generation", 0))


def stuck_pods(stateful_set: KubeObject, pods: Iterable[KubeObject]) -> tuple[KubeObject, ...]:
    """Give those of an earlier revision that are broken, never one that only starts or is ready."""
    revision = status(stateful_set).get("updateRevision")
    return tuple(
        pod
        for pod in pods
        if labels(pod).get(_REVISION) not in (None, revision)
        and condition(pod, "Ready").get("status") != "True"
        and pod_causes("", pod, ())
    )
