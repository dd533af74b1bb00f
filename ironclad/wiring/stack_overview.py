"""How a stack stands, as `ironclad status` tells it."""

from collections.abc import Awaitable, Callable
from typing import Any

from ironclad.domain.stack.freeze import conflict
from ironclad.domain.stack.stack import STAGES, StackRef
from ironclad.errors import IroncladError
from ironclad.game_day.toolbox import Toolbox
from ironclad.wiring.stack import open_toolbox


async def overview(ref: StackRef) -> dict[str, Any]:
    """What cannot be asked says so; it hides nothing else."""
    async with open_toolbox(ref) as tools:
        answers = {stage: await tools.platform.readiness(stage) for stage in STAGES}
        return {
            "stack": str(ref),
            "ready": all(answer.is_ready for answer in answers.values()),
            "stages": {
                str(stage): {"condition": str(answer.condition), "message": answer.message}
                for stage, answer in answers.items()
            },
            "held_by": await _answer(_holder, tools),
            "halted": await _answer(_halt, tools),
            "frozen": await _answer(_freeze, tools),
            "undo_entries": await _answer(_entries, tools),
            "janitor_last_sweep": await _answer(_last_sweep, tools),
        }


async def _answer(ask: Callable[[Toolbox], Awaitable[Any]], tools: Toolbox) -> Any:
    try:
        return await ask(tools)
    except IroncladError as error:
        return f"not known: {error}"


async def _holder(tools: Toolbox) -> str | None:
    holder = await tools.lock.holder()
    return None if holder is None else f"{holder.purpose} ({holder.run}, {holder.who})"


async def _halt(tools: Toolbox) -> str | None:
    halt = await tools.halt.state()
    return None if halt is None else halt.sentence


async def _freeze(tools: Toolbox) -> str | None:
    now = tools.clock.now()
    return conflict(await tools.freezes(), now, now)


async def _entries(tools: Toolbox) -> list[str]:
    entries = await tools.ledger.entries()
    open_ = [
        f"{entry.id} of {entry.who}, lease until {entry.lease_until:%H:%M:%S}" for entry in entries
    ]
    return [*open_, *await tools.ledger.damaged()]


async def _last_sweep(tools: Toolbox) -> str | None:
    endpoints = await tools.platform.endpoints()
    if endpoints.janitor is None:
        return None
    swept = await tools.watchers(endpoints).deliveries.last_sweep()
    if swept is None:
        return None
    age = (tools.clock.now() - swept).total_seconds()
    return f"{swept:%Y-%m-%dT%H:%M:%SZ}, {age:.0f} s ago"
