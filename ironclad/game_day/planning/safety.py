"""What holds a game day safe: clocks, the janitor, an empty ledger, permissions.

Leases are judged by clocks that cannot jump. The ledger and the lock are judged by the time of day,
and evidence is read at fixed times. A clock that is far off makes both wrong.
"""

from ironclad.domain.stack.commands import command
from ironclad.game_day.aborts.janitor import JANITOR_SILENT
from ironclad.game_day.planning.scope import NOTHING, Found, Scope, refused, warned

NOTICED_SECONDS = 1.0
TOLERATED_SECONDS = 5.0
"""A quarter of the ledger's lease; the same as the longest settle time that is usual."""


def skew(whose: str, seconds: float | None) -> Found:
    """Judge a difference; positive where the other clock is ahead of ours."""
    if seconds is None or abs(seconds) <= NOTICED_SECONDS:
        return NOTHING
    way = "ahead of" if seconds > 0 else "behind"
    words = f"the clock of {whose} is {abs(seconds):.1f} s {way} ours"
    if abs(seconds) <= TOLERATED_SECONDS:
        return warned(words)
    return refused(f"{words}, and may be {TOLERATED_SECONDS:g} s off; set both by NTP")


async def prometheus_clock(scope: Scope) -> Found:
    """What it takes to ask counts for neither side: the middle of the question is compared."""
    before = scope.now
    theirs = await scope.watchers.metrics.now()
    return skew("Prometheus", theirs - (before + scope.now) / 2)


async def janitor(scope: Scope) -> Found:
    """Without it, what a dead runner leaves behind stays."""
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


async def leftovers(scope: Scope) -> Found:
    """The stack is free, so no game day that left an entry lives."""
    ledger, undo = scope.tools.ledger, command("disarm", scope.tools.ref)
    unreadable = (
        f"{words}; see by hand what it was to take back, then delete it"
        for words in await ledger.damaged()
    )
    entries = (
        f"{entry.id} of {entry.who} is not taken back yet; {undo} does it"
        for entry in await ledger.entries()
    )
    return Found(reasons=(*unreadable, *entries))


async def permissions(scope: Scope) -> Found:
    """The platform is asked, verb by verb."""
    missing = await scope.tools.platform.missing_permissions()
    return Found(
        reasons=tuple(
            f"this is not permitted on {scope.tools.ref}: {verbs}; ask for the role ironclad-runner"
            for verbs in missing
        )
    )
