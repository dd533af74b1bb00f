"""Whether a game day may be held here and now, whatever it is."""

from collections.abc import Iterable

from ironclad.domain.stack.commands import command
from ironclad.domain.stack.freeze import conflict
from ironclad.domain.stack.stack import Endpoints, StackRef
from ironclad.domain.stack.undo import LockHolder
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
