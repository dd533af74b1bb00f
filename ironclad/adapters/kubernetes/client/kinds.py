"""The kinds that Ironclad handles, and where the API keeps them. A table, instead of discovery."""

from dataclasses import dataclass
from urllib.parse import quote

from ironclad.domain.kubernetes.kube_object import KubeObject, metadata
from ironclad.errors import BadInputError


@dataclass(frozen=True, slots=True)
class Kind:
    api_version: str
    name: str
    plural: str
    namespaced: bool = True

    @property
    def group(self) -> str:
        return self.api_version.partition("/")[0] if "/" in self.api_version else ""

    def path(self, namespace: str = "", name: str = "", subresource: str = "") -> str:
        """Give the collection's path, or an object's, or a part's of it."""
        root = f"/apis/{self.api_version}" if "/" in self.api_version else "/api/v1"
        where = f"/namespaces/{quote(namespace)}" if self.namespaced and namespace else ""
        tail = "".join(f"/{part}" for part in (quote(name), subresource) if part)
        return f"{root}{where}/{self.plural}{tail}"


_RBAC = "rbac.authorization.k8s.io/v1"

KINDS = (
    Kind("v1", "Namespace", "namespaces", namespaced=False),
    Kind("v1", "Node", "nodes", namespaced=False),
    Kind("v1", "ConfigMap", "configmaps"),
    Kind("v1", "Event", "events"),
    Kind("v1", "LimitRange", "limitranges"),
    Kind("v1", "PersistentVolumeClaim", "persistentvolumeclaims"),
    Kind("v1", "Pod", "pods"),
    Kind("v1", "ResourceQuota", "resourcequotas"),
    Kind("v1", "Secret", "secrets"),
    Kind("v1", "Service", "services"),
    Kind("v1", "ServiceAccount", "serviceaccounts"),
    Kind("apps/v1", "Deployment", "deployments"),
    Kind("apps/v1", "ReplicaSet", "replicasets"),
    Kind("apps/v1", "StatefulSet", "statefulsets"),
    Kind("autoscaling/v2", "HorizontalPodAutoscaler", "horizontalpodautoscalers"),
    Kind("batch/v1", "Job", "jobs"),
    Kind("coordination.k8s.io/v1", "Lease", "leases"),
    Kind("discovery.k8s.io/v1", "EndpointSlice", "endpointslices"),
    Kind("networking.k8s.io/v1", "Ingress", "ingresses"),
    Kind("networking.k8s.io/v1", "NetworkPolicy", "networkpolicies"),
    Kind("policy/v1", "PodDisruptionBudget", "poddisruptionbudgets"),
    Kind(_RBAC, "ClusterRole", "clusterroles", namespaced=False),
    Kind(_RBAC, "ClusterRoleBinding", "clusterrolebindings", namespaced=False),
    Kind(_RBAC, "Role", "roles"),
    Kind(_RBAC, "RoleBinding", "rolebindings"),
    Kind("storage.k8s.io/v1", "StorageClass", "storageclasses", namespaced=False),
)

_BY_NAME = {kind.name: kind for kind in KINDS}


def kind(name: str) -> Kind:
    """Look one up. Raises BadInputError for a kind that Ironclad does not handle."""
    if found := _BY_NAME.get(name):
        return found
    raise BadInputError(
        f"{name} is not among the kinds that Ironclad applies: {', '.join(_BY_NAME)}"
    )


def path_of(item: KubeObject) -> str:
    """Give where an object lies."""
    meta = metadata(item)
    return kind_of(item).path(str(meta.get("namespace", "")), str(meta["name"]))


def kind_of(item: KubeObject) -> Kind:
    """Look up an object's kind; its API version must be the one that Ironclad speaks."""
    found = kind(str(item["kind"]))
    if item.get("apiVersion") != found.api_version:
        raise BadInputError(
            f"{item['kind']} of {item.get('apiVersion')} is not known; write {found.api_version}"
        )
    return found
