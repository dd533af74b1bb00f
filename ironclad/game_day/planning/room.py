"""Room for the load, and how many replicas the platform's own disruption budget lets go at once."""

from ironclad.domain.experiment.experiment import FaultKind
from ironclad.game_day.planning.scope import NOTHING, Found, Scope, refused, warned


async def room(scope: Scope) -> Found:
    """A warning, since a fault may go past the budget on purpose, or test that it holds."""
    ending = [each for each in scope.faults if _ends_at_once(each.fault.kind)]
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


def _ends_at_once(kind: FaultKind) -> bool:
    """A rolling restart takes all, but never more at once than may go."""
    return kind.ends_replicas and kind is not FaultKind.ROLLING_RESTART
