"""Platform changes of a stack in a cluster, where the kubelet never gives up what ended."""

from collections.abc import Mapping

from ironclad.adapters.kubernetes.client.api import KubeApi
from ironclad.adapters.kubernetes.game_day.partition import POLICY_DELAY_SECONDS, Partition
from ironclad.adapters.kubernetes.game_day.postgres_down import PostgresDown
from ironclad.adapters.platform_changes import ChangesByKind
from ironclad.domain.faults.catalogue import FaultKind

_REFUSED = {
    FaultKind.REPLICA_PAUSE: (
        "a pod cannot be paused: nothing in its container may stop the first process, and"
        " nothing there would let it go on if the runner died; take replica-kill, or hang,"
        " which is a lease"
    )
}


class KubernetesChanges(ChangesByKind):
    def __init__(
        self,
        api: KubeApi,
        namespace: str,
        service: str,
        *,
        policy_delay_seconds: float = POLICY_DELAY_SECONDS,
    ) -> None:
        self._down = PostgresDown(api, namespace)
        self._partition = Partition(
            api, namespace, service, policy_delay_seconds=policy_delay_seconds
        )
        super().__init__(
            {
                FaultKind.POSTGRES_DOWN: self._down,
                FaultKind.DATABASE_PARTITION: self._partition,
            },
            _REFUSED,
        )

    async def snapshot(self) -> Mapping[str, str]:
        return {**await self._down.words(), **await self._partition.words()}
