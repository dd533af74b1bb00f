"""Platform changes of a stack in a cluster, each made and taken back by a small class."""

from collections.abc import Mapping, Sequence
from datetime import timedelta

from ironclad.adapters.kubernetes.client.api import KubeApi
from ironclad.adapters.kubernetes.game_day.partition import POLICY_DELAY_SECONDS, Partition
from ironclad.adapters.kubernetes.game_day.postgres_down import PostgresDown
from ironclad.domain.faults.catalogue import FaultKind
from ironclad.domain.stack.stack import Replica
from ironclad.domain.stack.undo import Change
from ironclad.errors import IroncladError

_REFUSED = {
    FaultKind.REPLICA_PAUSE: (
        "a pod cannot be paused: nothing in its container may stop the first process, and nothing"
        " there would let it go on if the runner died; take replica-kill, or hang, which is a lease"
    )
}


class KubernetesChanges:
    """Satisfies `ports.PlatformChanges`."""

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
        self._changes: dict[FaultKind, PostgresDown | Partition] = {
            FaultKind.POSTGRES_DOWN: self._down,
            FaultKind.DATABASE_PARTITION: self._partition,
        }

    async def refusal(self, kind: FaultKind, targets: Sequence[Replica]) -> str:
        if refused := _REFUSED.get(kind):
            return refused
        return await self._changes[kind].refusal(targets) if kind in self._changes else ""

    async def before(self, kind: FaultKind, targets: Sequence[Replica]) -> Change:
        before = await self._changes[kind].before(targets) if kind in self._changes else {}
        return Change(kind=kind, targets=tuple(each.name for each in targets), before=before)

    async def make(self, change: Change, lasts: timedelta) -> None:
        await self._changes[change.kind].make(change, lasts)

    async def renew(self, change: Change) -> None:
        await self._changes[change.kind].renew(change)

    async def is_made(self, change: Change) -> bool:
        return await self._changes[change.kind].is_made(change)

    async def restore(self, change: Change) -> str:
        """Of an instant there is nothing to do: the kubelet and the controllers never give up."""
        if change.kind not in self._changes:
            return ""
        try:
            return await self._changes[change.kind].restore(change)
        except IroncladError as error:
            return str(error)

    async def snapshot(self) -> Mapping[str, str]:
        return {**await self._down.words(), **await self._partition.words()}
