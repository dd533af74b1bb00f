"""What applying the backend's objects would do to its pods, asked of the server by a dry run."""

from collections.abc import Iterable, Mapping
from typing import Any

from ironclad.domain.kubernetes.kube_object import KubeObject, metadata, owner_uids, spec, status
from ironclad.domain.slo.deploy_gate import BackendChange

_HASH = "pod-template-hash"


def backend_change(
    live: KubeObject | None, become: KubeObject | None, replica_sets: Iterable[KubeObject]
) -> BackendChange:
    """`become` is the Deployment as the server would have it; None where there is none yet."""
    if live is None or become is None:
        return BackendChange.FIRST
    wanted = _template(become)
    if _template(live) == wanted:
        return BackendChange.NONE
    if not _is_available(live):
        return BackendChange.REPAIR
    uid = str(metadata(live).get("uid"))
    earlier = (_template(one) for one in replica_sets if uid in owner_uids(one))
    return BackendChange.ROLL_BACK if wanted in earlier else BackendChange.CHANGE


def _template(item: KubeObject) -> Mapping[str, Any]:
    """Without the label that tells a revision's pods apart."""
    template = dict(spec(item)["template"])
    about = dict(template.get("metadata") or {})
    labels = {name: value for name, value in (about.get("labels") or {}).items() if name != _HASH}
    kept = {"labels": labels, "annotations": about.get("annotations") or {}}
    return {**template, "metadata": kept}


def _is_available(live: KubeObject) -> bool:
    return bool(status(live).get("availableReplicas")) and not status(live).get(
        "unavailableReplicas"
    )
