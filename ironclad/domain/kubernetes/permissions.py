"""Which verbs the flows need, as a table for access reviews; nothing is asked that is not here."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Permission:
    """`subresource` as in `pods/proxy`; cluster-wide where `namespaced` is False.

    `object_name` is the one object that it is about, where it is about one.
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
_KEEP_UNWATCHED = ("get", "list", "create", "patch", "delete")
_READ = ("get", "list", "watch")
_RBAC = "rbac.authorization.k8s.io"

RUNNER: tuple[Permission, ...] = (
    Permission("coordination.k8s.io", "leases", ("get", "create", "update")),
    Permission("", "configmaps", ("get", "list", "create", "update", "delete")),
    Permission("", "pods", ("get", "list", "delete")),
    Permission("", "pods", ("get", "create", "update", "delete"), "proxy"),
    Permission("", "pods", ("get",), "log"),
    Permission("", "pods", ("get", "create"), "attach"),
    Permission("", "pods", ("get", "create"), "exec"),
    Permission("", "pods", ("get", "create"), "portforward"),
    Permission("", "namespaces", ("get",)),
    Permission("", "services", ("get", "list")),
    Permission("", "events", ("create",)),
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
"""What game days need, in the namespace alone."""

DEPLOYER: tuple[Permission, ...] = (
    Permission("", "namespaces", ("get", "create", "patch", "delete"), namespaced=False),
    Permission("", "configmaps", _KEEP),
    Permission("", "services", _KEEP),
    Permission("", "serviceaccounts", _KEEP),
    Permission("", "limitranges", _KEEP),
    Permission("", "resourcequotas", _KEEP),
    Permission("", "secrets", ("get", "create", "delete")),
    Permission("", "persistentvolumeclaims", _KEEP),
    Permission("", "pods", _READ),
    Permission("", "events", _READ),
    Permission("apps", "deployments", _KEEP),
    Permission("apps", "statefulsets", _KEEP),
    Permission("apps", "daemonsets", _KEEP),
    Permission("apps", "replicasets", ("list", "watch")),
    Permission("autoscaling", "horizontalpodautoscalers", _KEEP),
    Permission("batch", "jobs", _KEEP),
    Permission("batch", "cronjobs", _KEEP),
    Permission("discovery.k8s.io", "endpointslices", _READ),
    Permission("networking.k8s.io", "networkpolicies", _KEEP),
    Permission("networking.k8s.io", "ingresses", _KEEP),
    Permission("policy", "poddisruptionbudgets", _KEEP),
    Permission(_RBAC, "roles", _KEEP),
    Permission(_RBAC, "rolebindings", _KEEP),
    Permission(_RBAC, "clusterroles", _KEEP_UNWATCHED, namespaced=False),
    Permission(_RBAC, "clusterrolebindings", _KEEP_UNWATCHED, namespaced=False),
)
"""What deploying and tearing down need besides."""
