"""How busy the machine is while a game day lasts: a look each second, beside everything else."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from ironclad.domain.evidence.machine import MachineSecond, between
from ironclad.errors import IroncladError
from ironclad.ports import Clock, Machine

LOOK_SECONDS = 1.0


class MachineRecorder:
    """Writes down each second by itself while it is running."""

    def __init__(self, machine: Machine, clock: Clock) -> None:
        self._machine = machine
        self._clock = clock
        self.seconds: list[MachineSecond] = []

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        looking = asyncio.create_task(self._look())
        try:
            yield
        finally:
            looking.cancel()
            await asyncio.wait({looking})

    async def _look(self) -> None:
        """End where the platform has no machine of its own, as a cluster has none."""
        machine, clock = self._machine, self._clock
        with suppress(IroncladError):
            before = await machine.counters()
            while before is not None:
                due = clock.monotonic() + LOOK_SECONDS
                await clock.sleep(LOOK_SECONDS)
                lag = clock.monotonic() - due
                if (now := await machine.counters()) is None:
                    return
                self.seconds.append(between(before, now, lag))
                before = now
