"""Is the janitor still there? A change of the platform needs a second net for the whole run."""

from datetime import datetime, timedelta

from ironclad.domain.stack.commands import command
from ironclad.domain.stack.stack import StackRef
from ironclad.game_day.aborts.question import Question
from ironclad.ports import Clock, DeliveryLog

JANITOR_SILENT = timedelta(seconds=15)
"""Five of its rounds."""


class Sweeps:
    """Asks for the janitor's last sweep beside the guard, where `is_needed`."""

    def __init__(
        self, deliveries: DeliveryLog, clock: Clock, ref: StackRef, *, is_needed: bool
    ) -> None:
        self._ref = ref
        self._clock = clock
        self._is_needed = is_needed
        self._last: Question[datetime | None] = Question(deliveries.last_sweep, clock, None)

    async def look(self) -> None:
        if self._is_needed:
            await self._last.ask()

    @property
    def lost(self) -> str:
        """Say that it has not swept for too long, and why; empty while it has."""
        silent = max(self._last.unanswered_seconds(), self._age_seconds())
        if silent <= JANITOR_SILENT.total_seconds():
            return ""
        why = f": {self._last.problem}" if self._last.problem else ""
        return (
            f"the janitor has not swept for {silent:.0f} s{why}, so the change would have outlived"
            f" a killed runner; {command('up --stage monitoring', self._ref)} restarts it"
        )

    def _age_seconds(self) -> float:
        if self._last.answer is None:
            return 0.0
        return (self._clock.now() - self._last.answer).total_seconds()

    def close(self) -> None:
        self._last.close()
