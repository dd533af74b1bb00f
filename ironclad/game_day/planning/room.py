"""How many replicas the platform's own disruption budget lets go at once."""

from ironclad.game_day.planning.scope import NOTHING, Found, Scope, warned


async def room(scope: Scope) -> Found:
    """A warning, since a fault may go past the budget on purpose, or test that it holds."""
    ending = [each for each in scope.faults if each.fault.kind.ends_replicas]
    allowed = await scope.tools.platform.disruptions_allowed() if ending else None
    if allowed is None:
        return NOTHING
    return warned(
        *(
            f"fault {each.fault.id} takes {len(each.targets)} replicas, and the disruption budget"
            f" lets {allowed} go"
            for each in ending
            if len(each.targets) > allowed
        )
    )
