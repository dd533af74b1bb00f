"""Who may end a game day from outside: by asking its holder, by the red switch, by a freeze."""

import asyncio

from ironclad.domain.stack.freeze import conflict
from ironclad.domain.stack.kept_setting import Halt
from ironclad.domain.stack.undo import LockHolder
from ironclad.game_day.aborts.question import Question
from ironclad.game_day.toolbox import Toolbox

FREEZE = "freeze"
"""Stands as the one who aborted when a freeze began that was set after the start."""
FREEZE_EVERY_SECONDS = 5.0
UNREACHABLE_SECONDS = 15.0
"""A run that cannot be stopped any more has to end; shorter than the lease of lock and ledger."""


class AbortRequests:
    """Listens to the lock, the red switch and the stack's freezes, all asked beside the guard."""

    def __init__(self, tools: Toolbox, *, ignores_freeze: bool = False) -> None:
        self._tools = tools
        self._ignores_freeze = ignores_freeze
        self._holder: Question[LockHolder | None] = Question(tools.lock.holder, tools.clock, None)
        self._halt: Question[Halt | None] = Question(tools.halt.state, tools.clock, None)
        self._freeze: Question[str | None] = Question(self._frozen, tools.clock, None)
        self._freeze_asked: float | None = None

    async def listen(self) -> None:
        await asyncio.gather(self._holder.ask(), self._halt.ask(), self._ask_for_freezes())

    async def _ask_for_freezes(self) -> None:
        """Seldom: they are set days before, as a rule, and a cluster's API has other work."""
        now = self._tools.clock.monotonic()
        last = self._freeze_asked
        if self._ignores_freeze or (last is not None and now - last < FREEZE_EVERY_SECONDS):
            return
        self._freeze_asked = now
        await self._freeze.ask()

    async def _frozen(self) -> str | None:
        now = self._tools.clock.now()
        return conflict(await self._tools.freezes(), now, now)

    @property
    def abort_request(self) -> tuple[str, str] | None:
        """Who wants the run to end, and why; None without a request."""
        holder, halt = self._holder.answer, self._halt.answer
        if halt is not None:
            return halt.who, halt.sentence
        if holder is not None and holder.abort_requested:
            return holder.abort_requested, "a person asked for the end"
        return None if self._freeze.answer is None else (FREEZE, self._freeze.answer)

    @property
    def silence(self) -> str:
        """Why no request could have ended the run for too long; empty while one can."""
        for question, what in ((self._holder, "the lock"), (self._halt, "the red switch")):
            silent = question.unanswered_seconds()
            if silent > UNREACHABLE_SECONDS:
                why = f": {question.problem}" if question.problem else ""
                return f"no abort could have reached it for {silent:.0f} s, {what} is silent{why}"
        return ""

    def close(self) -> None:
        self._holder.close()
        self._halt.close()
        self._freeze.close()
