"""Whether a fault in the backend is seen to work; without that its time does not count.

A share of nothing is seen when requests pass the fault.
"""

import asyncio
from dataclasses import dataclass, field

from ironclad.domain.faults.fault import ArmedFault, Stressor
from ironclad.domain.faults.spec import Harm, Sign
from ironclad.game_day.faults.fault_runner import FaultAtWork

_FILLED_PER_SECOND = 100e6
"""A slow machine fills so many bytes a second."""

_REPLICAS_TELL = frozenset({Sign.READINESS, Sign.CPU_TIME, Sign.HELD_MEMORY})


@dataclass(slots=True)
class FaultWithEffect(FaultAtWork):
    """Looks pass after pass; `burnt` are the CPU seconds of the pass before, by replica."""

    burnt: dict[str, float] = field(default_factory=dict)

    @property
    def source(self) -> str:
        is_counted_there = self.fault.kind.spec.sign in _REPLICAS_TELL or not self.fault.share
        return "replica" if is_counted_there else "client"

    @property
    def seen_within_seconds(self) -> float:
        """A client that hangs fails when its patience ends; memory takes time to fill."""
        seconds = self.fault.kind.spec.seen_within.total_seconds()
        if self.fault.kind.spec.harm is Harm.LATE:
            return seconds + self.day.plan.experiment.load.timeout.total_seconds()
        return seconds + (self.fault.size_bytes or 0) / _FILLED_PER_SECOND

    async def has_effect(self) -> bool:
        if not self.fault.share:
            return any(armed.seen for armed in (await self._armed()).values())
        return await self._shows(self.fault.kind.spec.sign)

    async def _shows(self, sign: Sign | None) -> bool:
        match sign:
            case Sign.MARKED_ANSWER:
                return await self._is_marked()
            case Sign.NO_ANSWER:
                return await self._is_unanswered()
            case Sign.READINESS:
                return await self._is_not_ready()
            case Sign.CPU_TIME:
                return await self._does_burn()
            case Sign.HELD_MEMORY:
                return await self._does_hold()
            case None:
                return False

    async def _is_marked(self) -> bool:
        return any(second.marked.get(self.fault.id) for second in self.day.load.seconds)

    async def _is_unanswered(self) -> bool:
        hit = any(armed.hit for armed in (await self._armed()).values())
        return hit and (self._has_failures() or await self._is_marked())

    def _has_failures(self) -> bool:
        since = self.recorder.record.armed_at
        if since is None:
            return False
        return any(s.failed for s in self.day.load.seconds if s.at >= since.timestamp())

    async def _is_not_ready(self) -> bool:
        faults = self.day.tools.faults
        return not any(await asyncio.gather(*(faults.is_ready(r) for r in self.planned.targets)))

    async def _does_burn(self) -> bool:
        stressors = await self._stressors()
        before = {**self.burnt}
        self.burnt = {name: stressor.cpu_seconds for name, stressor in stressors.items()}
        return self._has_all(stressors) and all(
            self.burnt[name] > before.get(name, self.burnt[name]) for name in self.burnt
        )

    async def _does_hold(self) -> bool:
        stressors, asked = await self._stressors(), self.fault.size_bytes or 0
        return self._has_all(stressors) and all(b.memory_bytes >= asked for b in stressors.values())

    def _has_all(self, stressors: dict[str, Stressor]) -> bool:
        is_alive = all(stressor.is_alive for stressor in stressors.values())
        return is_alive and len(stressors) == len(self.planned.targets)

    async def _stressors(self) -> dict[str, Stressor]:
        armed = await self._armed()
        return {name: one.stressor for name, one in armed.items() if one.stressor is not None}

    async def _armed(self) -> dict[str, ArmedFault]:
        """What the targets say of this fault, by replica; one that is silent says nothing."""
        faults = self.day.tools.faults
        statuses = await asyncio.gather(*(faults.status(r) for r in self.planned.targets))
        return {
            status.replica: armed
            for status in statuses
            for armed in status.faults
            if armed.id == self.fault.id
        }
