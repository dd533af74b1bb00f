"""Replicas in a cluster: reached through the API server, and ended by it."""

from collections.abc import Sequence
from dataclasses import dataclass

from ironclad.adapters.http.transport import ReplicaTransport
from ironclad.adapters.kubernetes.client import kinds
from ironclad.adapters.kubernetes.client.api import KubeApi
from ironclad.adapters.kubernetes.game_day.pod_faults import PodFaults
from ironclad.adapters.kubernetes.stage.platform import KubernetesPlatform
from ironclad.domain.experiment.targets import DATABASE
from ironclad.domain.faults.catalogue import FaultKind
from ironclad.domain.faults.spec import Ending
from ironclad.domain.kubernetes.field_managers import GAME_DAY_MANAGER
from ironclad.domain.kubernetes.kube_object import stamp
from ironclad.domain.stack.stack import Replica
from ironclad.ports import Clock

SECRET, KEY = "chaos-secret", "CHAOS_TOKEN"


@dataclass(frozen=True, slots=True)
class ClusterAccess:
    """Satisfies `ReplicaAccess`."""

    platform: KubernetesPlatform

    @property
    def source(self) -> str:
        return f"of the Secret {SECRET}"

    async def transport(self) -> ReplicaTransport:
        return await self.platform.replica_transport()

    async def token(self) -> str:
        return await self.platform.secret(SECRET, KEY)


_RESTARTED_AT = "kubectl.kubernetes.io/restartedAt"
"""As `kubectl rollout restart` does it. It stays: taking it away would restart them once more."""


class KubernetesReplicaFaults:
    """Satisfies `ports.ReplicaFaults`. `service` names the Deployment."""

    def __init__(self, api: KubeApi, namespace: str, service: str, clock: Clock) -> None:
        self._api = api
        self._namespace = namespace
        self._service = service
        self._clock = clock
        self._pods = PodFaults(api, namespace)

    async def life(self, replica: Replica) -> str:
        """Name the pod by its uid, since a StatefulSet gives the next one the same name.

        A database that does not serve yet lives no more than one that is gone: its replicas may
        not have noticed, and call themselves ready.
        """
        pod = _pod(replica)
        if replica.name == DATABASE.name and not await self._pods.is_ready(pod):
            return ""
        return await self._pods.life(pod)

    async def terminate(self, replica: Replica, kind: FaultKind) -> None:
        match kind.spec.ending:
            case Ending.KILLED if kind.spec.is_on_database:
                await self._pods.quit(_pod(replica))
            case Ending.KILLED:
                await self._pods.kill(replica.name)
            case Ending.EVICTED:
                await self._pods.evict(replica.name)
            case Ending.DRAINED:
                await self._pods.delete(replica.name)
            case None:
                raise ValueError(f"{kind} ends nothing")

    async def roll(self, replicas: Sequence[Replica]) -> tuple[Replica, ...]:
        """The Deployment does it, in its own order and with its own surge."""
        del replicas
        marks = {_RESTARTED_AT: stamp(self._clock.now())}
        body = {"spec": {"template": {"metadata": {"annotations": marks}}}}
        path = kinds.kind("Deployment").path(self._namespace, self._service)
        await self._api.merge(path, body, GAME_DAY_MANAGER)
        return ()


def _pod(replica: Replica) -> str:
    return f"{DATABASE.name}-0" if replica.name == DATABASE.name else replica.name
