"""Room for the load, and how many replicas the platform's own disruption budget lets go at once."""

from ironclad.game_day.planning.scope import NOTHING, Found, Scope, refused, warned


async def room(scope: Scope) -> Found:
    """A warning, since a fault may go past the budget on purpose, or test that it holds.

    A rolling restart takes every replica, but never more at once than may go.
    """
    specs = [(each, each.fault.kind.spec) for each in scope.faults]
    ending = [each for each, spec in specs if spec.ends_replicas and spec.takes_target]
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


async def room_for_load(scope: Scope) -> Found:
    reason = await scope.tools.load.refusal()
    return refused(reason) if reason else NOTHING
