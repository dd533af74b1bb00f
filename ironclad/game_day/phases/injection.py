"""The faults on their timeline, under the guard, and off again whatever happens."""

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass, field, replace

from ironclad.concurrency import run_beside, run_to_completion
from ironclad.domain.evidence.journal import PhaseName
from ironclad.domain.experiment.plan import PlannedFault
from ironclad.domain.experiment.targets import present
from ironclad.domain.faults.spec import Ending, Family, FaultSpec, Scope
from ironclad.domain.stack.stack import Replica
from ironclad.errors import IroncladError
from ironclad.game_day.faults.fault_runner import FaultAtWork
from ironclad.game_day.faults.leased import LeasedFault
from ironclad.game_day.faults.platform_change import PlatformChangeFault
from ironclad.game_day.faults.rolling_restart import EvictedReplicas, RolledReplicas
from ironclad.game_day.faults.terminations import TerminatedReplicas
from ironclad.game_day.guard import PASS_SECONDS
from ironclad.game_day.run import GameDay


async def aimed(day: GameDay, planned: PlannedFault) -> PlannedFault | None:
    """Give the fault with targets that exist; None, and the run ends, where they are too few."""
    if planned.fault.kind.spec.is_on_database:
        return planned
    there = await _there(day)
    if there is None:
        return planned
    targets = present(planned.targets, there)
    if len(targets) < len(planned.targets):
        wanted = len(planned.targets)
        day.status.abort(
            "dose", f"{planned.fault.id} needs {wanted} of the replicas and {len(there)} are left"
        )
        return None
    if targets == planned.targets:
        return planned
    names = tuple(replica.name for replica in targets)
    gone = ", ".join(name for name in planned.target_names if name not in names)
    day.journal.mark(f"{planned.fault.id} aims at {', '.join(names)}, since {gone} is gone")
    day.recorder_of(planned).aimed_at(names)
    return replace(planned, targets=targets)


async def _there(day: GameDay) -> tuple[Replica, ...] | None:
    """None while the platform does not say: then the plan stands, and the fault will show it."""
    try:
        return await day.tools.platform.replicas()
    except IroncladError:
        return None


async def inject(day: GameDay) -> None:
    """Run the timeline to its end or an abort; every fault is off when this returns or raises."""
    timeline = Timeline(day, sorted(day.plan.faults, key=lambda planned: planned.fault.at))
    with day.journal.phase(PhaseName.FAULT):
        try:
            await timeline.run(day.plan.experiment.fault_window.total_seconds())
        finally:  # on a cancellation as well: to its end, which the leases bound
            await run_to_completion(timeline.disarm_all())


@dataclass(slots=True)
class Timeline:
    """Which faults wait, and which are on."""

    day: GameDay
    waiting: list[PlannedFault]
    armed: list[FaultAtWork] = field(default_factory=list)

    async def run(self, window: float) -> None:
        clock, guard = self.day.tools.clock, self.day.guard
        started = guard.begin()
        while (now := clock.monotonic() - started) < window and not self.day.status.is_aborted:
            await self._step(now)
            guard.tell("fault", now, window)
            await self._rest(min(PASS_SECONDS, self._next(now, window) - now))
        guard.check_absence()

    async def disarm_all(self) -> None:
        """Go on past what fails, and be loud about it at the end."""
        outcomes = await asyncio.gather(
            *(fault.disarm() for fault in self.armed), return_exceptions=True
        )
        self.armed.clear()
        failures = [outcome for outcome in outcomes if isinstance(outcome, BaseException)]
        for failure in failures:
            self.day.journal.mark(f"an undo failed: {failure}")
        if failures:
            raise failures[0]

    async def _step(self, now: float) -> None:
        """End what is over, let the guard look, renew what is on, begin what is due."""
        for fault in [each for each in self.armed if now >= _ends_at(each)]:
            await self._take_back(fault)
        await self.day.guard.check()
        for fault in list(self.armed):
            await fault.renew()
            await self._look(fault)
        while self.waiting and not self.day.status.is_aborted:
            if self.waiting[0].fault.at.total_seconds() > now:
                break
            await self._begin()

    async def _begin(self) -> None:
        """Listed before it is armed: a fault that half its targets took is undone as well."""
        day = self.day
        day.guard.check_absence()
        if day.status.is_aborted:
            return
        planned = await aimed(day, self.waiting.pop(0))
        if planned is None:
            return
        fault = fault_at_work(day, planned)
        self.armed.append(fault)
        await self._guarded(fault, fault.arm())
        day.guard.check_absence()  # stopped while arming, it woke up to what it had to do before

    async def _take_back(self, fault: FaultAtWork) -> None:
        await self._guarded(fault, fault.disarm())
        self.armed.remove(fault)

    async def _guarded(self, fault: FaultAtWork, work: Coroutine[object, object, None]) -> None:
        """Arming and taking back may take their time: the guard and the other faults go on."""
        fault.is_busy = True
        try:
            await run_beside(work, self._keep_others, self.day.tools.clock, PASS_SECONDS)
        finally:
            fault.is_busy = False

    async def _keep_others(self) -> None:
        await self.day.guard.check()
        for other in [each for each in self.armed if not each.is_busy]:
            await other.renew()

    async def _rest(self, seconds: float) -> None:
        """Sleep until the next pass, and look meanwhile at what changes faster than that."""
        clock = self.day.tools.clock
        until = clock.monotonic() + seconds
        while (left := until - clock.monotonic()) > 0 and not self.day.status.is_aborted:
            await clock.sleep(min([left, *(_looked_at_every(each) for each in self.armed)]))
            for quick in [one for one in self.armed if _looked_at_every(one) < PASS_SECONDS]:
                await self._look(quick)

    async def _look(self, fault: FaultAtWork) -> None:
        if await fault.has_ended():
            await self._take_back(fault)

    def _next(self, now: float, window: float) -> float:
        """Give the time of the next event on the timeline after `now`."""
        ends = [_ends_at(fault) for fault in self.armed]
        begins = [planned.fault.at.total_seconds() for planned in self.waiting]
        return min([time for time in (*ends, *begins) if time > now] + [window])


def _looked_at_every(fault: FaultAtWork) -> float:
    return fault.manner.looked_at_every_seconds


def _ends_at(fault: FaultAtWork) -> float:
    return fault.fault.ends_at.total_seconds()


def fault_at_work(day: GameDay, planned: PlannedFault) -> FaultAtWork:
    return _runner(planned.fault.kind.spec)(day, planned)


def _runner(spec: FaultSpec) -> type[FaultAtWork]:
    match spec.family:
        case Family.REQUESTS | Family.QUERIES | Family.SWITCHES | Family.STRESSORS:
            return LeasedFault
        case Family.PLATFORM_CHANGES:
            return PlatformChangeFault
        case Family.TERMINATIONS if spec.ending is Ending.EVICTED:
            return EvictedReplicas
        case Family.TERMINATIONS if spec.scope is Scope.EVERY_REPLICA:
            return RolledReplicas
        case Family.TERMINATIONS:
            return TerminatedReplicas
