"""The network between the service and its database, cut in the relay that lies between them."""

from collections.abc import Mapping, Sequence
from datetime import timedelta

from ironclad.adapters.local.postgres.relay_control import RelayControl
from ironclad.domain.stack.stack import Replica
from ironclad.domain.stack.undo import ATTACHED_LEASE, Change
from ironclad.errors import IroncladError

_BY = "database-partition"


class Partition:
    """The cut ends with our connection to the relay. A lease ends that of a stopped runner."""

    def __init__(self, relay: RelayControl) -> None:
        self._relay = relay

    async def refusal(self, targets: Sequence[Replica]) -> str:
        del targets
        try:
            words = await self._relay.words()
        except IroncladError as error:
            return str(error)
        return "" if words == "open" else "the way to the database is cut already"

    async def before(self, targets: Sequence[Replica]) -> Mapping[str, str]:
        del targets
        return {"the way to the database": "open"}

    async def make(self, change: Change, lasts: timedelta) -> None:
        del change, lasts
        await self._relay.cut(_BY, ATTACHED_LEASE.total_seconds())

    async def renew(self, change: Change) -> None:
        del change
        await self._relay.renew(_BY, ATTACHED_LEASE.total_seconds())

    async def is_made(self, change: Change) -> bool:
        del change
        return await self._relay.is_cut()

    async def restore(self, change: Change) -> str:
        del change
        await self._relay.heal()
        return ""
