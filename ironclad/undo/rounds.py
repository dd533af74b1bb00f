"""The janitor's round: sweep, report, finalize orphaned runs, repeat."""

import logging
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from prometheus_client import CollectorRegistry, Counter, Gauge, generate_latest

from ironclad.domain.stack.kept_setting import Halt
from ironclad.domain.stack.undo import LockHolder
from ironclad.errors import IroncladError
from ironclad.ports import Clock, HaltSwitch, RunFiles, StackLock
from ironclad.undo.left_orders import LeftOrders
from ironclad.undo.sweeping import Sweeper


class JanitorMetrics:
    """Every series exists from the start, so that an alert on it can tell silence from calm."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.open_entries = Gauge(
            "ironclad_undo_entries_open",
            "Changes that a game day has made and not yet taken back.",
            registry=self.registry,
        )
        self.failing_entries = Gauge(
            "ironclad_undo_entries_failing",
            "Lapsed changes that the last sweep could not take back.",
            registry=self.registry,
        )
        self.last_sweep = Gauge(
            "ironclad_janitor_last_sweep_timestamp_seconds",
            "When the last sweep ended, in seconds since the epoch.",
            registry=self.registry,
        )
        self.undone = Counter(
            "ironclad_undo_entries_swept_total",
            "Lapsed changes that the janitor took back.",
            registry=self.registry,
        )
        self.deliveries = Counter(
            "ironclad_alert_deliveries_total",
            "Alerts that Alertmanager handed over.",
            registry=self.registry,
        )
        self.refused_deliveries = Counter(
            "ironclad_alert_deliveries_refused_total",
            "Deliveries without the token of Alertmanager: forged, or a token that differs.",
            registry=self.registry,
        )
        self.halted = Gauge(
            "ironclad_halted",
            "1 while the red switch is on: no game day runs or starts.",
            registry=self.registry,
        )
        self.game_day_running = Gauge(
            "ironclad_game_day_running",
            "1 while a game day holds the stack.",
            registry=self.registry,
        )

        self._phase = Gauge(
            "ironclad_game_day_phase",
            "1 for the phase that the game day is in: baseline, fault, recovery, or around.",
            ("experiment", "run", "phase"),
            registry=self.registry,
        )

    def show_phase(self, experiment: str, run: str, phase: str) -> None:
        """Tell of one phase and of no other: two at once would be two marks on every picture."""
        self._phase.clear()
        self._phase.labels(experiment, run, phase).set(1)

    def show_no_phase(self) -> None:
        self._phase.clear()

    def page(self) -> bytes:
        return generate_latest(self.registry)


log = logging.getLogger(__name__)

EVERY_SECONDS = 3.0
AGAIN_SECONDS = 0.5
AGAIN_FOR = timedelta(seconds=15)
"""What cannot be taken back at once is tried so often for so long: a replica is on its way back."""

LISTENED_WITHIN = timedelta(seconds=2)
GAME_DAY = "game day "
"""How the purpose of a lock begins that a game day holds."""


@dataclass(slots=True, kw_only=True)
class Janitor:
    """One round every few seconds, and at once when the holder of the stack is gone.

    A round that fails is said aloud, and the next one comes.
    """

    sweeper: Sweeper
    lock: StackLock
    halt: HaltSwitch
    runs: RunFiles
    left: LeftOrders
    clock: Clock
    metrics: JanitorMetrics = field(default_factory=JanitorMetrics)
    last_sweep: datetime | None = None
    last_halt: Halt | None = None
    failing_since: datetime | None = None

    async def forever(self) -> None:
        while True:
            try:
                await self.round()
            except Exception:
                log.exception("a round of the janitor failed; the next one follows")
            await self.lock.until_holder_ends(self._pause_seconds)

    @property
    def _pause_seconds(self) -> float:
        since = self.failing_since
        is_soon = since is not None and self.clock.now() - since < AGAIN_FOR
        return AGAIN_SECONDS if is_soon else EVERY_SECONDS

    async def round(self) -> None:
        halt = await self._check_halt()
        swept = await self.sweeper.sweep(everything=halt is not None)
        for entry in swept.undone:
            why = halt.sentence if halt else "its runner was gone or had stopped renewing it"
            log.warning("took back %s: %s", entry, why)
        for problem in swept.failed:
            log.error("could not take back %s", problem)
        self.last_sweep = self.clock.now()
        self.failing_since = (self.failing_since or self.last_sweep) if swept.failed else None
        self.metrics.open_entries.set(swept.open)
        self.metrics.failing_entries.set(len(swept.failed))
        self.metrics.undone.inc(len(swept.undone))
        self.metrics.last_sweep.set(self.last_sweep.timestamp())
        await self._finalize_dead_runs(swept.leased)
        await self.left.clear(self.last_sweep)

    async def _check_halt(self) -> Halt | None:
        """While the red switch is on, nothing stays armed: its runner may hang."""
        halt = await self._halt()
        if halt is not None and not self._is_fresh(halt):
            for replica, problem in (await self.sweeper.disarm_all()).items():
                log.error("could not disarm %s: %s", replica, problem)
        if halt != self.last_halt:
            log.warning("%s", halt.sentence if halt else "the halt is over")
            self.last_halt = halt
        self.metrics.halted.set(halt is not None)
        return None if halt is not None and self._is_fresh(halt) else halt

    def _is_fresh(self, halt: Halt) -> bool:
        """A runner that listens undoes by itself, and its report then says who called the halt."""
        age = None if halt.since is None else self.clock.now() - halt.since
        return age is not None and timedelta() <= age < LISTENED_WITHIN

    async def _halt(self) -> Halt | None:
        """A switch that does not answer stays as it was; what has lapsed is swept all the same."""
        try:
            return await self.halt.state()
        except IroncladError:
            log.exception("whether the stack is halted is not known")
            return self.last_halt

    async def _tell_phase(self, holder: LockHolder | None) -> None:
        """A deploy holds the stack as well, and is no game day."""
        if holder is None or not holder.purpose.startswith(GAME_DAY):
            self.metrics.show_no_phase()
            return
        phase = await self.runs.phase(holder.run) or "around"
        experiment = holder.purpose.removeprefix(GAME_DAY)
        self.metrics.show_phase(experiment, holder.run, phase)

    async def _finalize_dead_runs(self, leased: frozenset[str]) -> None:
        """Write the report of each open run whose process is gone and of which no lease runs.

        A report says that the game day is over; while a lease runs, its fault is not.
        """
        open_runs = (
            await self.runs.unfinished()
        )  # asked first: a run that begins now is not among them
        holder = await self.lock.holder()
        self.metrics.game_day_running.set(holder is not None and holder.is_game_day)
        await self._tell_phase(holder)
        for run in open_runs:
            if run in leased or (holder is not None and holder.run == run):
                continue
            try:
                if await self.runs.finalize(run):
                    self.left.add(run)
                    log.warning("wrote the report of %s, whose runner had died", run)
            except IroncladError:
                log.exception("could not write the report of %s, whose runner had died", run)
