"""What can be done about a field that cannot be changed in place, kind by kind."""

from ironclad.domain.kubernetes.kube_object import KubeObject, spec, status

_ANEW = {
    "StatefulSet": "its pods go on, and its claims keep their data and their class",
    "Deployment": "its pods end, and it is away until the new ones are ready",
    "DaemonSet": "its pods end, and it is away until the new ones are ready",
    "Job": "it runs once more",
    "Service": "it gets new addresses",
    "ConfigMap": "it gets the wanted contents",
    "RoleBinding": "for a moment its subjects lack the permissions",
    "ClusterRoleBinding": "for a moment its subjects lack the permissions",
    "ResourceQuota": "for a moment it does not count",
    "PersistentVolumeClaim": "it is not bound, so it holds no data",
}
"""Kinds that can be made anew with no data lost, and what it costs."""

_BY_HAND = {
    "PersistentVolumeClaim": (
        "it holds data: keep the field as it is, or copy the data elsewhere and make the claim anew"
    ),
    "StorageClass": "an administrator can make it anew; the volumes that it made stay",
}


def may_be_made_anew(live: KubeObject) -> bool:
    return str(live["kind"]) in _ANEW and not holds_data(live)


def holds_data(live: KubeObject) -> bool:
    """Tell of a claim whether it has a volume, or had one."""
    if live["kind"] != "PersistentVolumeClaim":
        return False
    return status(live).get("phase", "Pending") != "Pending" or bool(spec(live).get("volumeName"))


def remedy(live: KubeObject) -> str:
    kind = str(live["kind"])
    if may_be_made_anew(live):
        return f"deploy with --recreate to make it anew: {_ANEW[kind]}"
    return _BY_HAND.get(kind, "delete it by hand if nothing of it has to stay, then deploy again")
