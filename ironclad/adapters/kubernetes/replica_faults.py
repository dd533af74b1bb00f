"""Replicas that end in a cluster: what owns the pod brings the next one."""

from ironclad.adapters.kubernetes.pod_faults import PodFaults
from ironclad.domain.experiment import FaultKind
from ironclad.domain.stack import Replica


class KubernetesReplicaFaults:
    """Satisfies `ports.ReplicaFaults`; a replica's name is its pod's."""

    def __init__(self, pods: PodFaults) -> None:
        self._strikes = {FaultKind.REPLICA_KILL: pods.kill, FaultKind.POD_DELETE: pods.delete}
        self._pods = pods

    async def life(self, replica: Replica) -> str:
        """A container that was restarted leads another life; a pod that is ending still its own."""
        return await self._pods.life(replica.name)

    async def strike(self, replica: Replica, kind: FaultKind) -> None:
        await self._strikes[kind](replica.name)
