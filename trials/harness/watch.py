"""Looking at the stack many times a second: who carries a fault, and what is not as it was."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from enum import StrEnum

from ironclad.adapters.files.lock import FileLock
from ironclad.adapters.files.undo_ledger import FileLedger
from ironclad.domain.stack.stack import Stage
from ironclad.errors import IroncladError
from trials.harness import programs
from trials.harness.replicas import Replicas, Said
from trials.harness.stand import Stand
from trials.harness.trail import follow

EVERY_SECONDS = 0.075
_DEEP_EVERY_SECONDS = 0.5
"""The stack's own readiness is dear to ask, so it is asked when nothing else is wrong."""

_STAGES = (Stage.POSTGRES, Stage.BACKEND, Stage.MONITORING)


class Concern(StrEnum):
    """What may still be different from before."""

    FAULT = "fault"
    PLATFORM = "platform"
    LOAD = "load"
    LOCK = "lock"
    LEDGER = "ledger"


Problems = Mapping[Concern, str]


@dataclass(frozen=True, slots=True)
class Sample:
    """`at` is in seconds since the epoch, taken before anything was asked."""

    at: float
    problems: Problems


@dataclass(slots=True)
class Watch:
    """Takes samples for as long as it runs."""

    stand: Stand
    replicas: Replicas
    samples: list[Sample] = field(default_factory=list)
    _generators: set[int] = field(default_factory=set)
    _deep_at: float = 0.0
    _deep: str = ""

    @property
    def is_clean(self) -> bool:
        return bool(self.samples) and not self.samples[-1].problems

    def clean_since(self, moment: float) -> bool:
        """Say whether it was looked at after that moment and nothing was found since."""
        since = [sample for sample in self.samples if sample.at >= moment]
        return bool(since) and not any(sample.problems for sample in since)

    async def forever(self) -> None:
        while True:
            began = time.time()
            self.samples.append(Sample(began, await self.look()))
            await asyncio.sleep(max(0.0, EVERY_SECONDS - (time.time() - began)))

    async def look(self) -> Problems:
        said = await self.replicas.say()
        load, lock, ledger = await asyncio.gather(
            asyncio.to_thread(self._load), self._lock(), self._ledger()
        )
        found = {
            Concern.FAULT: _faults(said),
            Concern.PLATFORM: await self._platform(said),
            Concern.LOAD: load,
            Concern.LOCK: lock,
            Concern.LEDGER: ledger,
        }
        return {concern: problem for concern, problem in found.items() if problem}

    async def _platform(self, said: Mapping[str, Said]) -> str:
        if silent := [name for name, each in said.items() if each.faults is None]:
            return f"{', '.join(silent)} does not answer"
        if unready := [name for name, each in said.items() if not each.is_ready]:
            return f"{', '.join(unready)} is not ready"
        if paused := await asyncio.to_thread(self._paused):
            return f"paused: {', '.join(paused)}"
        if time.time() - self._deep_at >= _DEEP_EVERY_SECONDS or self._deep:
            self._deep, self._deep_at = await self._readiness(), time.time()
        return self._deep

    async def _readiness(self) -> str:
        """Everything that should be there, in the stack's own words."""
        platform = self.stand.platform
        try:
            found = await asyncio.gather(*(platform.readiness(stage) for stage in _STAGES))
        except IroncladError as error:
            return str(error)
        return "; ".join(each.message for each in found if not each.is_ready)

    def _paused(self) -> list[str]:
        found = programs.programs(self.stand.stack_folder)
        return [str(each.pid) for each in found if programs.is_stopped(each)]

    def _load(self) -> str:
        self._generators |= set(programs.generators(self.stand.state))
        self._generators = {pid for pid in self._generators if programs.is_alive(pid)}
        return f"load generator {self._generators}" if self._generators else ""

    async def _lock(self) -> str:
        try:
            holder = await FileLock(self.stand.platform.folder.lock).holder()
        except IroncladError as error:
            return str(error)
        return f"held by {holder.run}" if holder else ""

    async def _ledger(self) -> str:
        ledger = FileLedger(self.stand.platform.folder.ledger)
        try:
            found = [entry.id for entry in await ledger.entries()]
            return ", ".join([*found, *await ledger.damaged()])
        except IroncladError as error:
            return str(error)


def _faults(said: Mapping[str, Said]) -> str:
    carriers = [f"{name}: {', '.join(each.faults)}" for name, each in said.items() if each.faults]
    return "; ".join(carriers)


@asynccontextmanager
async def watching(stand: Stand, replicas: Replicas) -> AsyncIterator[Watch]:
    watch = Watch(stand, replicas)
    looking = asyncio.create_task(watch.forever())
    try:
        yield watch
    finally:
        looking.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await looking


async def until_clean(watch: Watch, seconds: float) -> Problems:
    """Wait until a sample finds nothing; give what the last one found when none did in time."""

    async def is_clean() -> bool:
        return watch.is_clean

    await follow(is_clean, time.monotonic() + seconds)
    return watch.samples[-1].problems if watch.samples else {}
