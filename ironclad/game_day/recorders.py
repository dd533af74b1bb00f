"""What a game day records: a recorder for each part of its evidence.

Steps write as they go, so that a run that is cut short keeps what it saw until then.
"""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime

from ironclad.domain.alerting.firing_alerts import AlertSighting
from ironclad.domain.alerting.forecast import AlertForecast
from ironclad.domain.evidence.counters import Series
from ironclad.domain.evidence.evidence import FaultFree, MetricsWindow, ReplicaCounters, WriteCheck
from ironclad.domain.evidence.machine import MachineSecond, between
from ironclad.domain.evidence.outcome import Outcome
from ironclad.domain.load.load import LoadResult, LoadSecond
from ironclad.errors import IroncladError
from ironclad.game_day.journal import Journal
from ironclad.ports import Clock, LoadHandle, Machine


@dataclass(slots=True)
class StatusRecorder:
    """Whether the game day goes on, and how it ended; `outcome` is there once it is reported."""

    journal: Journal
    aborted_by: str = ""
    abort_reason: str = ""
    ends_load: bool = False
    outcome: Outcome | None = None

    @property
    def is_aborted(self) -> bool:
        return bool(self.aborted_by)

    def abort(self, by: str, reason: str, *, with_load: bool = False) -> None:
        """Ask every later step to do no more than undo; the first reason stands.

        `with_load` ends the load as well: a halt asks for quiet, not for a proof of recovery.
        """
        self.ends_load = self.ends_load or with_load
        if not self.is_aborted:
            self.aborted_by, self.abort_reason = by, reason
            self.journal.mark(f"aborted by {by}: {reason}")


@dataclass(slots=True)
class LoadRecorder:
    """The load while it runs, and its result."""

    began_at: float = 0.0
    handle: LoadHandle | None = None
    result: LoadResult | None = None

    def began(self, handle: LoadHandle, at: datetime) -> None:
        self.handle, self.began_at = handle, at.timestamp()

    async def renew(self) -> None:
        if self.handle is not None:
            await self.handle.renew()

    @property
    def seconds(self) -> tuple[LoadSecond, ...]:
        return () if self.handle is None else self.handle.seconds()


@dataclass(slots=True)
class BaselineRecorder:
    """What there was before the load, from `began_at` on (epoch seconds)."""

    began_at: float = 0.0
    replicas: tuple[ReplicaCounters, ...] = ()
    platform: Mapping[str, str] | None = None
    clock_skew_seconds: float | None = None
    remaining: dict[str, float | None] = field(default_factory=dict)

    def began(self, at: datetime) -> None:
        self.began_at = at.timestamp()

    def clocks_compared(self, skew_seconds: float) -> None:
        self.clock_skew_seconds = round(skew_seconds, 3)


@dataclass(slots=True)
class AlertRecorder:
    """Which alerts should fire, and which were seen."""

    forecasts: tuple[AlertForecast, ...]
    sightings: tuple[AlertSighting, ...] = ()


@dataclass(slots=True)
class MeasurementRecorder:
    """What every source said after the load; what safeguards need may be read earlier."""

    replicas: tuple[ReplicaCounters, ...] = ()
    windows: tuple[MetricsWindow, ...] = ()
    observed: Mapping[str, tuple[Series, ...]] = field(default_factory=dict)
    writes: WriteCheck | None = None

    def observe(self, series: Mapping[str, tuple[Series, ...]]) -> None:
        self.observed = {**self.observed, **series}


@dataclass(slots=True)
class RecoveryRecorder:
    """Whether every replica was seen fault-free after the undo."""

    fault_free: FaultFree | None = None

    def confirmed(self, at: datetime, compared: tuple[str, ...]) -> None:
        self.fault_free = FaultFree(confirmed_at=at, compared=compared)

    def not_confirmed(self, problem: str) -> None:
        self.fault_free = FaultFree(confirmed_at=None, problem=problem)


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
