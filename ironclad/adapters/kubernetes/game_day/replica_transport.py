"""Replicas behind the API server's pod proxy, and their chaos token in a Secret."""

from dataclasses import dataclass

from ironclad.adapters.http.transport import ReplicaTransport
from ironclad.adapters.kubernetes.stage.platform import KubernetesPlatform

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
