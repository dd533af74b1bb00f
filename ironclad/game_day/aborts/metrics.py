"""Abort conditions in PromQL, asked beside the guard: a slow Prometheus cannot hang a game day."""

import asyncio
from collections.abc import Sequence

from ironclad.domain.experiment.abort import Excess, excess
from ironclad.domain.experiment.experiment import AbortCondition, WhenSilent
from ironclad.game_day.aborts.question import Question
from ironclad.ports import Clock, MetricsSource

SILENT_SECONDS = 15.0
"""A condition without a value for so long counts as not watched."""


class Gauge:
    """One condition and its readings."""

    def __init__(self, condition: AbortCondition, metrics: MetricsSource, clock: Clock) -> None:
        self.condition = condition
        self._clock = clock
        self._question: Question[float | None] = Question(
            lambda: metrics.value(condition.promql, clock.now().timestamp()), clock, None
        )
        self._valued_at: float | None = None
        self._excess: Excess | None = None

    async def look(self) -> None:
        if self._valued_at is None:
            self._valued_at = self._clock.monotonic()
        before = self._question.answers
        await self._question.ask()
        value, at = self._question.answer, self._clock.monotonic()
        if self._question.answers > before and value is not None:
            self._valued_at = at
            self._excess = excess(self.condition, self._excess, value, at)

    @property
    def tripped(self) -> str | None:
        return self._excess.sentence(self.condition) if self._excess else None

    @property
    def lost(self) -> str:
        """Say that it has had no value for too long, and why; empty while it has."""
        silent = self._clock.monotonic() - (self._valued_at or self._clock.monotonic())
        if silent <= SILENT_SECONDS:
            return ""
        why = self._question.problem or "it gives no value"
        return f"the condition {self.condition.promql} is not watched any more: {why}"

    def close(self) -> None:
        self._question.close()


class Gauges:
    """Every condition of a game day that Prometheus has to answer."""

    def __init__(
        self, conditions: Sequence[AbortCondition], metrics: MetricsSource, clock: Clock
    ) -> None:
        self._gauges = [Gauge(each, metrics, clock) for each in conditions if each.promql]

    async def look(self) -> None:
        await asyncio.gather(*(gauge.look() for gauge in self._gauges))

    @property
    def tripped(self) -> str | None:
        return next((why for gauge in self._gauges if (why := gauge.tripped)), None)

    @property
    def lost(self) -> str:
        """Say which condition that may not fall silent has."""
        return next(iter(self._silent(WhenSilent.ABORT)), "")

    @property
    def noted(self) -> tuple[str, ...]:
        """Say which others have."""
        return tuple(self._silent(WhenSilent.NOTE))

    def close(self) -> None:
        for gauge in self._gauges:
            gauge.close()

    def _silent(self, then: WhenSilent) -> list[str]:
        return [why for g in self._gauges if g.condition.silent is then and (why := g.lost)]
