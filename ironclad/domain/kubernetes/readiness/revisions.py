"""Which revision a workload is at, goes back to, or is kept from by stuck pods."""

import copy
from collections.abc import Iterable, Sequence
from typing import Any

from ironclad.domain.kubernetes.kube_object import (
    KubeObject,
    condition,
    is_outdated,
    labels,
    metadata,
    owner_uids,
    section,
    spec,
    status,
)
from ironclad.domain.kubernetes.readiness.pod_causes import pod_causes

_CONTROLLER_REVISION = "controller-revision-hash"


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
        if labels(pod).get(_CONTROLLER_REVISION) not in (None, revision)
        and condition(pod, "Ready").get("status") != "True"
        and pod_causes("", pod, ())
    )


_REVISION = "deployment.kubernetes.io/revision"
_HASH = "pod-template-hash"

LAST_AVAILABLE = "ironclad.dev/last-available"
"""Of a Deployment: the template hash of its last revision that rolled out to the end."""


def revision(item: KubeObject) -> int:
    return int(section(item, "metadata", "annotations").get(_REVISION, 0))


def template_hash(item: KubeObject) -> str:
    """Give the hash of a ReplicaSet, or of a pod, by its label."""
    template = section(item, "spec", "template", "metadata", "labels")
    return str(labels(item).get(_HASH) or template.get(_HASH, ""))


def has_rolled_out(deployment: KubeObject) -> bool:
    """Tell whether the present revision was available once, whatever became of it since."""
    progressing = condition(deployment, "Progressing")
    is_complete = progressing.get("reason") == "NewReplicaSetAvailable"
    return is_complete and not is_outdated(deployment)


def earlier(deployment: KubeObject, replica_sets: Sequence[KubeObject]) -> list[KubeObject]:
    """List the Deployment's revisions before the present one, newest first."""
    uid, now = str(metadata(deployment).get("uid")), revision(deployment)
    older = [r for r in replica_sets if uid in owner_uids(r) and 0 < revision(r) < now]
    return sorted(older, key=revision, reverse=True)


def last_good(deployment: KubeObject, replica_sets: Sequence[KubeObject]) -> KubeObject | None:
    """Give the newest earlier ReplicaSet that serves, or that is known to have been available.

    None where each was as broken as the present one: going back would undo a repair.
    """
    known = section(deployment, "metadata", "annotations").get(LAST_AVAILABLE)
    older = earlier(deployment, replica_sets)
    return next((r for r in older if _serves(r) or (known and template_hash(r) == known)), None)


def _serves(replica_set: KubeObject) -> bool:
    return bool(status(replica_set).get("availableReplicas", 0))


def gone_back(wanted: KubeObject, replica_set: KubeObject) -> dict[str, Any]:
    """Give the wanted Deployment with the pod template of an earlier revision."""
    template = copy.deepcopy(dict(spec(replica_set)["template"]))
    template["metadata"]["labels"].pop(_HASH, None)
    template["metadata"].pop("creationTimestamp", None)
    return {**wanted, "spec": {**spec(wanted), "template": template}}


def images(item: KubeObject) -> str:
    containers = section(item, "spec", "template", "spec").get("containers") or ()
    return ", ".join(str(each.get("image")) for each in containers)
