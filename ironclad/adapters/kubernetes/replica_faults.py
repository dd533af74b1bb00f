"""Replicas that end in a cluster: a pod's container dies, or the pod leaves and another comes."""

from ironclad.adapters.kubernetes import kinds
from ironclad.adapters.kubernetes.api import KubeApi
from ironclad.adapters.kubernetes.pod_faults import PodFaults, restarts
from ironclad.domain.experiment import FaultKind
from ironclad.domain.kubernetes.kube_object import metadata
from ironclad.domain.stack import Replica


class KubernetesReplicaFaults:
    """Satisfies `ports.ReplicaFaults`."""

    def __init__(self, api: KubeApi, namespace: str) -> None:
        self._api = api
        self._namespace = namespace
        self._pods = PodFaults(api, namespace)

    async def life(self, replica: Replica) -> str:
        """Name the pod by its uid, since a StatefulSet gives the next one the same name."""
        found = await self._api.find(kinds.kind("Pod").path(self._namespace, replica.name))
        if found is None:
            return ""
        return f"pod {metadata(found)['uid']} after {restarts(found)} restarts"

    async def strike(self, replica: Replica, kind: FaultKind) -> None:
        if kind is FaultKind.REPLICA_KILL:
            await self._pods.kill(replica.name)
        else:
            await self._pods.delete(replica.name)
