"""Which replicas there are by now: a platform that replaces one may give it another name."""

from ironclad.domain.stack.stack import Replica
from ironclad.errors import IroncladError
from ironclad.game_day.run import GameDay


async def present_replicas(day: GameDay) -> tuple[Replica, ...]:
    """Ask the platform; while it does not say, those of the plan stand for them."""
    try:
        return await day.tools.platform.replicas()
    except IroncladError:
        return day.plan.replicas
