"""Who may do what: the one table that the roles in `manifests`, `check` and every plan are held to.

The code asks for exactly these permissions. A trial on a real API server compares its audit log
with these tables, both ways.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any


@dataclass(frozen=True, slots=True)
class Permission:
    """`subresource` as in `pods/proxy`; cluster-wide where `namespaced` is False.

    `object_name` is the one object that it is about, where it is about one. A `resource` that
    begins with a slash is a path of the API server, of no group.
    """

    group: str
    resource: str
    verbs: tuple[str, ...]
    subresource: str = ""
    namespaced: bool = True
    object_name: str = ""

    @property
    def name(self) -> str:
        part = f"{self.resource}/{self.subresource}" if self.subresource else self.resource
        return f"{part}.{self.group}" if self.group else part


_KEEP = ("get", "list", "watch", "create", "patch", "delete")
_FOLLOW = ("list", "watch")
_RBAC = "rbac.authorization.k8s.io"

GAME_DAY: tuple[Permission, ...] = (
    Permission("coordination.k8s.io", "leases", ("get", "create", "update")),
    Permission("", "configmaps", ("get", "list", "create", "update", "delete")),
    Permission("", "pods", ("get", "list", "delete")),
    Permission("", "pods", ("get", "update", "delete"), "proxy"),
    Permission("", "pods", ("get",), "log"),
    Permission("", "pods", ("get", "create"), "attach"),
    Permission("", "pods", ("get", "create"), "exec"),
    Permission("", "namespaces", ("get",)),
    Permission("", "services", ("list",)),
    Permission("", "secrets", ("get",), object_name="chaos-secret"),
    Permission("", "events", ("list", "create")),
    Permission("", "pods", ("create",), "eviction"),
    Permission("apps", "statefulsets", ("get", "patch"), object_name="postgres"),
    Permission("apps", "deployments", ("patch",), object_name="backend"),
    Permission("apps", "deployments", ("get",)),
    Permission(
        "networking.k8s.io", "networkpolicies", ("get", "patch"), object_name="postgres-netpol"
    ),
    Permission("batch", "jobs", ("create", "delete")),
    Permission("policy", "poddisruptionbudgets", ("get",)),
)
"""What game days do, in the namespace alone: the Role `ironclad-worker`."""

OUTSIDE: tuple[Permission, ...] = (
    Permission("", "services", ("get",)),
    Permission("", "pods", ("get", "create"), "portforward"),
    Permission("", "pods", ("create",), "proxy"),
)
"""What a runner outside the cluster needs as well: tunnels to Prometheus, Alertmanager and the
janitor, and orders by hand (`ironclad chaos`)."""

RUNNER: tuple[Permission, ...] = (*GAME_DAY, *OUTSIDE)
"""What game days do from outside the cluster: the Role `ironclad-runner`."""

JANITOR: tuple[Permission, ...] = (
    Permission("coordination.k8s.io", "leases", ("get",)),
    Permission("", "configmaps", ("get", "list", "delete")),
    Permission("apps", "statefulsets", ("get", "patch"), object_name="postgres"),
    Permission(
        "networking.k8s.io", "networkpolicies", ("get", "patch"), object_name="postgres-netpol"
    ),
    Permission("", "pods", ("list",)),
    Permission("", "pods", ("get", "delete"), "proxy"),
    Permission("", "secrets", ("get",), object_name="chaos-secret"),
)
"""What taking faults off needs: the Role `janitor`."""

NODE_CAPACITY: tuple[Permission, ...] = (
    Permission("", "nodes", ("list",), namespaced=False),
    Permission("", "pods", ("list",), namespaced=False),
)
"""What it takes to see whether a pod finds a node. The runner does without."""

DEPLOYER: tuple[Permission, ...] = (
    Permission("", "namespaces", _KEEP, namespaced=False),
    Permission("", "configmaps", _KEEP),
    Permission("", "services", _KEEP),
    Permission("", "serviceaccounts", _KEEP),
    Permission("", "limitranges", _KEEP),
    Permission("", "resourcequotas", _KEEP),
    Permission("", "secrets", ("get", "create", "delete")),
    Permission("", "persistentvolumeclaims", _KEEP),
    Permission("", "events", _FOLLOW),
    Permission("", "pods", ("get", "list", "watch", "create", "delete")),
    Permission("", "pods", ("get",), "log"),
    Permission("", "pods", ("get",), "proxy"),
    Permission("", "pods", ("get", "create"), "portforward"),
    Permission("apps", "deployments", _KEEP),
    Permission("apps", "statefulsets", _KEEP),
    Permission("apps", "replicasets", _FOLLOW),
    Permission("autoscaling", "horizontalpodautoscalers", _KEEP),
    Permission("coordination.k8s.io", "leases", ("get", "create", "update")),
    Permission("discovery.k8s.io", "endpointslices", _FOLLOW),
    Permission("networking.k8s.io", "networkpolicies", _KEEP),
    Permission("networking.k8s.io", "ingresses", _KEEP),
    Permission("policy", "poddisruptionbudgets", _KEEP),
    Permission(_RBAC, "roles", _KEEP),
    Permission(_RBAC, "rolebindings", _KEEP),
    Permission(_RBAC, "clusterroles", _KEEP, namespaced=False),
    Permission(_RBAC, "clusterrolebindings", _KEEP, namespaced=False),
    *NODE_CAPACITY,
    Permission("storage.k8s.io", "storageclasses", ("list",), namespaced=False),
    Permission("metrics.k8s.io", "nodes", ("list",), namespaced=False),
)
"""What `up`, `diff`, `status`, `urls`, `check` and `down` do."""


def granted_by(role: Mapping[str, Any]) -> tuple[Permission, ...]:
    """Give what a Role or ClusterRole grants: who creates or binds it has to hold that as well."""
    namespaced = role["kind"] == "Role"
    return tuple(
        permission
        for rule in role.get("rules") or ()
        for permission in _of_rule(rule, namespaced=namespaced)
    )


def _of_rule(rule: Mapping[str, Any], *, namespaced: bool) -> Iterable[Permission]:
    verbs = tuple(rule["verbs"])
    for path in rule.get("nonResourceURLs") or ():
        yield Permission("", path, verbs, namespaced=False)
    names = rule.get("resourceNames") or ("",)
    for group, path, name in product(
        rule.get("apiGroups") or (), rule.get("resources") or (), names
    ):
        resource, _, part = path.partition("/")
        yield Permission(group, resource, verbs, part, namespaced, name)
