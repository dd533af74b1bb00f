"""Is every target there when its fault begins?"""

from collections.abc import Iterator
from itertools import product

from ironclad.domain.experiment.plan import PlannedFault
from ironclad.domain.text.durations import format_duration
from ironclad.game_day.planning.scope import Found, Scope, warned


async def away(scope: Scope) -> Found:
    """A warning, since `within` is the longest that an instant may keep a replica away."""
    return warned(*_meeting_nobody(scope.faults))


def _meeting_nobody(faults: tuple[PlannedFault, ...]) -> Iterator[str]:
    for first, then in product(faults, repeat=2):
        ends, begins = first.fault, then.fault
        names = [target.name for target in then.targets if target in first.targets]
        if names and ends.kind.spec.is_instant and ends.at < begins.at < ends.ends_at:
            yield (
                f"fault {begins.id} begins {format_duration(begins.at - ends.at)} after"
                f" {ends.id}, which may keep {', '.join(names)} away for"
                f" {format_duration(ends.duration)}: where it does, {begins.id} is not seen to work"
                f" and the verdict is INCONCLUSIVE; begin it at {format_duration(ends.ends_at)}"
            )
