"""What ends a replica is only seen to work where the platform tells one life from another."""

import asyncio

from ironclad.domain.stack.stack import Replica
from ironclad.errors import IroncladError
from ironclad.game_day.planning.scope import Found, Scope


async def lives(scope: Scope) -> Found:
    targets = [r for each in scope.faults if each.fault.kind.spec.is_instant for r in each.targets]
    found = await asyncio.gather(*(_reason(scope, replica) for replica in targets))
    return Found(reasons=tuple(dict.fromkeys(reason for reason in found if reason)))


async def _reason(scope: Scope, replica: Replica) -> str:
    try:
        life = await scope.tools.replica_faults.life(replica)
    except IroncladError as error:
        return f"{replica.name} cannot be ended: {error}"
    return "" if life else f"{replica.name} cannot be ended: it does not run"
