"""May a game day be held here and now: halt, freeze, clocks, janitor, ledger, permissions?

Leases are judged by clocks that cannot jump. The ledger and the lock are judged by the time of day,
and evidence is read at fixed times. A clock that is far off makes both wrong.
"""

from collections.abc import Iterable

from ironclad.domain.stack.commands import command
from ironclad.domain.stack.freeze import conflict
from ironclad.domain.stack.stack import Endpoints, StackRef
from ironclad.domain.stack.undo import LockHolder
from ironclad.game_day.aborts.janitor import JANITOR_SILENT
from ironclad.game_day.planning.scope import NOTHING, Found, Scope, refused, warned
from ironclad.game_day.toolbox import Toolbox


async def blockers(tools: Toolbox, endpoints: Endpoints) -> tuple[str, ...]:
    """Give what makes every further question idle."""
    if refusal := await tools.platform.refusal_of_game_days():
        return (refusal,)
    holder = await tools.lock.holder()
    return (*_missing(endpoints, tools.ref), *_busy(holder, tools.ref))


def _missing(endpoints: Endpoints, ref: StackRef) -> Iterable[str]:
    if endpoints.service is None:
        yield f"the backend is not up; bring the stack up first with {command('up', ref)}"
    if endpoints.prometheus is None or endpoints.janitor is None:
        yield f"monitoring is not up; bring it up with {command('up --stage monitoring', ref)}"


def _busy(holder: LockHolder | None, ref: StackRef) -> Iterable[str]:
    """Said before all else: the faults of a game day that runs are not left-overs to disarm."""
    if holder is not None:
        yield (
            f"the stack is held by {holder.purpose} {holder.run} of {holder.who}; wait until it"
            f" ends, or stop it with {command('game-day abort', ref)}"
        )


async def halt(scope: Scope) -> Found:
    tools = scope.tools
    on = await tools.halt.state()
    if on is None:
        return NOTHING
    return refused(f"{tools.ref} is {on.sentence}; {command('halt off', tools.ref)} ends that")


async def freeze(scope: Scope) -> Found:
    """None starts in a freeze, and none that would still run when one begins."""
    begin = scope.tools.clock.now()
    reason = conflict(await scope.tools.freezes(), begin, begin + scope.experiment.whole_duration)
    if reason is None:
        return NOTHING
    if scope.ignore_freeze:
        return warned(f"{reason}; it was overridden")
    return refused(f"{reason}; wait, or pass --ignore-freeze, which the report records")


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
