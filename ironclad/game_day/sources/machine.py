"""How busy the machine is while a game day lasts: a look each second, beside everything else."""

from contextlib import suppress
from dataclasses import dataclass, field

from ironclad.domain.evidence.machine import MachineSecond, between
from ironclad.errors import IroncladError
from ironclad.ports import Clock, Machine

LOOK_SECONDS = 1.0


@dataclass(slots=True)
class MachineRecorder:
    """Records each second by itself, beside the game day."""

    machine: Machine
    clock: Clock
    seconds: list[MachineSecond] = field(default_factory=list)

    async def run(self) -> None:
        """End where the platform has no machine of its own, as a cluster has none."""
        with suppress(IroncladError):
            before = await self.machine.counters()
            while before is not None:
                due = self.clock.monotonic() + LOOK_SECONDS
                await self.clock.sleep(LOOK_SECONDS)
                lag = self.clock.monotonic() - due
                if (now := await self.machine.counters()) is None:
                    return
                self.seconds.append(between(before, now, lag))
                before = now
