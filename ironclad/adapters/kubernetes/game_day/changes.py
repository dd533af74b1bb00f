"""Platform changes of a stack in a cluster, where the kubelet never gives up what ended."""

from collections.abc import Mapping, Sequence
from datetime import timedelta

from ironclad.adapters.kubernetes.client.api import KubeApi
from ironclad.adapters.kubernetes.game_day.borrowing import Borrowed
from ironclad.adapters.kubernetes.game_day.partition import POLICY_DELAY_SECONDS, Partition
from ironclad.adapters.platform_changes import ChangesByKind
from ironclad.domain.faults.catalogue import FaultKind
from ironclad.domain.kubernetes.field_managers import owners_of_replicas
from ironclad.domain.kubernetes.kube_object import KubeObject, spec, status
from ironclad.domain.stack.stack import Replica
from ironclad.domain.stack.undo import Change
from ironclad.errors import LeaseLapsedError

_REPLICAS = "replicas"


class PostgresDown:
    """The database scaled to zero, and back to as many as it had."""

    def __init__(self, api: KubeApi, namespace: str) -> None:
        self._set = Borrowed(api, namespace, "StatefulSet", "postgres")

    async def refusal(self, targets: Sequence[Replica]) -> str:
        del targets
        found = await self._set.find()
        if found is None:
            return f"{self._set.name} is not there"
        return "" if _wanted(found) else f"{self._set.name} is scaled to zero already"

    async def before(self, targets: Sequence[Replica]) -> Mapping[str, str]:
        del targets
        found = await self._set.get()
        return {_REPLICAS: str(_wanted(found)), **self._set.owners(found)}

    async def make(self, change: Change, lasts: timedelta) -> None:
        del change, lasts
        await self._set.patch({_REPLICAS: 0})

    async def renew(self, change: Change) -> None:
        """Raises LeaseLapsedError when somebody scaled it up meanwhile."""
        del change
        if _wanted(await self._set.get()):
            raise LeaseLapsedError(f"{self._set.name} was scaled up while it should be down")

    async def is_made(self, change: Change) -> bool:
        del change
        found = await self._set.get()
        return not _wanted(found) and not _ready(found)

    async def restore(self, change: Change) -> str:
        """Another number than zero is somebody's who came after us: it stays."""
        found = await self._set.find()
        if found is None or not self._set.is_same(found, change.before):
            return ""
        if not _wanted(found):
            await self._set.patch({_REPLICAS: int(change.before[_REPLICAS])})
        await self._set.give_back(change.before)
        return ""

    async def words(self) -> dict[str, str]:
        found = await self._set.find()
        if found is None:
            return {self._set.name: "not there"}
        owners = ", ".join(sorted(owners_of_replicas(found)))
        state = f"{_ready(found)} of {_wanted(found)} replicas ready, a number owned by {owners}"
        return {self._set.name: state}


def _wanted(item: KubeObject) -> int:
    return int(spec(item).get(_REPLICAS, 1))


def _ready(item: KubeObject) -> int:
    return int(status(item).get("readyReplicas") or 0)


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
