"""Which revision of a Deployment to go back to, and what that makes of the wanted object."""

import copy
from collections.abc import Iterable
from typing import Any

from ironclad.domain.kubernetes.kube_object import (
    KubeObject,
    metadata,
    owner_uids,
    section,
    spec,
    status,
)

_REVISION = "deployment.kubernetes.io/revision"
_HASH = "pod-template-hash"


def revision(item: KubeObject) -> int:
    return int(section(item, "metadata", "annotations").get(_REVISION, 0))


def last_good(deployment: KubeObject, replica_sets: Iterable[KubeObject]) -> KubeObject | None:
    """Give the newest older ReplicaSet that still serves, else the newest older one.

    A roll-out never takes the last available replicas of the revision before away, so a revision
    that serves is one that was good.
    """
    uid, now = str(metadata(deployment).get("uid")), revision(deployment)
    older = [r for r in replica_sets if uid in owner_uids(r) and 0 < revision(r) < now]
    return max(older, key=lambda r: (_serves(r), revision(r)), default=None)


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
