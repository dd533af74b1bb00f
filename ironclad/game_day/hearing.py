"""Whoever may end a game day from outside: by asking its holder, or by the red switch."""

import asyncio

from ironclad.domain.halt import Halt
from ironclad.domain.undo import LockHolder
from ironclad.game_day.asking import Question
from ironclad.game_day.toolbox import Toolbox

DEAF_SECONDS = 15.0
"""A run that nobody can stop any more has to end; shorter than the lease of lock and ledger."""


class Hearing:
    """Listens to the lock and to the red switch; both are asked beside the guard."""

    def __init__(self, tools: Toolbox) -> None:
        self._holder: Question[LockHolder | None] = Question(tools.lock.holder, tools.clock, None)
        self._halt: Question[Halt | None] = Question(tools.halt.state, tools.clock, None)

    async def listen(self) -> None:
        await asyncio.gather(self._holder.ask(), self._halt.ask())

    @property
    def wish(self) -> tuple[str, str] | None:
        """Who wants the run to end, and why; None while nobody does."""
        holder, halt = self._holder.answer, self._halt.answer
        if halt is not None:
            return halt.who, halt.sentence
        if holder is not None and holder.abort_requested:
            return holder.abort_requested, "a person asked for the end"
        return None

    @property
    def deafness(self) -> str:
        """Why nobody could have stopped the run for too long; empty while somebody can."""
        for question, what in ((self._holder, "the lock"), (self._halt, "the red switch")):
            silent = question.unanswered_seconds()
            if silent > DEAF_SECONDS:
                why = f": {question.problem}" if question.problem else ""
                return f"nobody could have stopped it for {silent:.0f} s, {what} is silent{why}"
        return ""

    def close(self) -> None:
        self._holder.close()
        self._halt.close()
