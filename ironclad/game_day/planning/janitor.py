"""Is the janitor alive? Without it, what a dead runner leaves behind stays."""

from ironclad.domain.stack.commands import command
from ironclad.game_day.aborts.janitor import JANITOR_SILENT
from ironclad.game_day.planning.scope import NOTHING, Found, Scope, refused
from ironclad.game_day.planning.skew import TOLERATED_SECONDS, skew


async def janitor(scope: Scope) -> Found:
    swept = await scope.watchers.deliveries.last_sweep()
    age = None if swept is None else scope.tools.clock.now() - swept
    if age is not None and age.total_seconds() < -TOLERATED_SECONDS:
        return skew("the janitor", -age.total_seconds())
    if age is not None and age <= JANITOR_SILENT:
        return NOTHING
    last = "never" if swept is None else f"at {swept:%H:%M:%S} UTC"
    limit = f"{JANITOR_SILENT.total_seconds():.0f} s"
    remedy = f"{command('up --stage monitoring', scope.tools.ref)} restarts it"
    return refused(f"the janitor last swept {last} and must have within {limit}; {remedy}")
