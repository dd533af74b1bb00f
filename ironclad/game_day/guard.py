"""The guard: one pass a second that keeps the load alive and looks for a reason to stop."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

from ironclad.domain.experiment.abort import allowance_spent, tripped
from ironclad.domain.experiment.plan import Plan
from ironclad.domain.load.load import LoadSecond
from ironclad.domain.stack.undo import ATTACHED_LEASE
from ironclad.game_day.aborts.janitor import Sweeps
from ironclad.game_day.aborts.metrics import Gauges
from ironclad.game_day.aborts.requests import AbortRequests
from ironclad.game_day.recorders import LoadRecorder, StatusRecorder
from ironclad.game_day.toolbox import Toolbox, Watchers
from ironclad.progress import Progress, report

LOST_TELEMETRY = timedelta(seconds=5)
"""The generator gives an account each second; so much silence means that no one watches."""

FIRST_WORD = timedelta(seconds=15)
"""A generator that has just been started may take so long to its first account."""


def silence(seconds: Sequence[LoadSecond], *, began: float, now: float) -> str | None:
    """Say that the generator has fallen silent, or never spoke; epoch seconds."""
    if seconds:
        quiet, limit = now - seconds[-1].at, LOST_TELEMETRY
    else:
        quiet, limit = now - began, FIRST_WORD
    if quiet <= limit.total_seconds():
        return None
    return f"the load generator has given no account for {quiet:.0f} s"


PASS_SECONDS = 1.0

CONDITION = "condition"
TELEMETRY = "telemetry"
"""Stands as the one who aborted when the run could not be observed or stopped."""
GUARD = "guard"
"""Likewise when the runner itself was away."""


class Guard:
    """Knows the load and the reasons to stop; it records an abort, and nothing else."""

    def __init__(
        self,
        plan: Plan,
        tools: Toolbox,
        watchers: Watchers,
        status: StatusRecorder,
        load: LoadRecorder,
    ) -> None:
        self._plan = plan
        self._clock = tools.clock
        self._status = status
        self._load = load
        self.abort_requests = AbortRequests(tools, ignores_freeze=plan.ignores_freeze)
        self._gauges = Gauges(plan.experiment.abort_when, watchers.metrics, tools.clock)
        changes_platform = any(each.fault.kind.spec.changes_platform for each in plan.faults)
        self._sweeps = Sweeps(
            watchers.deliveries, tools.clock, tools.ref, is_needed=changes_platform
        )
        self._looked_at = tools.clock.monotonic()

    def close(self) -> None:
        """End the questions that are still open."""
        self.abort_requests.close()
        self._gauges.close()
        self._sweeps.close()

    def begin(self) -> float:
        """Count an absence from now on, and give the monotonic time."""
        self._looked_at = self._clock.monotonic()
        return self._looked_at

    async def watch(self, phase: str, seconds: float) -> None:
        """Pass once a second for so long, or until something aborts the run."""
        started, clock = self.begin(), self._clock
        while (left := started + seconds - clock.monotonic()) > 0 and not self._status.is_aborted:
            await self.check()
            self.tell(phase, clock.monotonic() - started, seconds)
            await clock.sleep(min(PASS_SECONDS, left))

    async def check(self) -> None:
        """Renew the load's lease, then check every abort condition and every person."""
        _check_cancellation()
        self.check_absence()
        await self._load.renew()
        self._check_load()
        await self._gauges.look()
        self._abort_for(CONDITION, self._gauges.tripped)
        self._abort_for(TELEMETRY, self._gauges.lost)
        self._status.journal.admit(*self._gauges.noted)
        await self.abort_requests.listen()
        if abort_request := self.abort_requests.abort_request:
            self._status.abort(*abort_request, with_load=True)
        self._abort_for(TELEMETRY, self.abort_requests.silence)
        await self._sweeps.look()
        self._abort_for(TELEMETRY, self._sweeps.lost)

    def check_absence(self) -> None:
        """A runner that was stopped or asleep wakes up to lapsed leases: it arms nothing more."""
        before = self._looked_at
        if (away := self.begin() - before) > ATTACHED_LEASE.total_seconds():
            reason = f"the runner was away for {away:.0f} s, longer than a fault's lease"
            self._status.abort(GUARD, reason)

    def _check_load(self) -> None:
        if self._load.handle is None:
            return
        seconds, plan = self._load.seconds, self._plan
        now = self._clock.now().timestamp()
        self._abort_for(TELEMETRY, silence(seconds, began=self._load.began_at, now=now))
        # A bad request spends the first objective on availability.
        priced = next((one for one in plan.objectives if one.counts_failures), None)
        self._abort_for(CONDITION, tripped(plan.experiment.abort_when, seconds, objective=priced))
        cost = plan.experiment.expect.cost
        self._abort_for(CONDITION, allowance_spent(cost, seconds, plan.objectives))

    def _abort_for(self, by: str, reason: str | None) -> None:
        if reason:
            self._status.abort(by, reason)

    def tell(self, phase: str, done: float, total: float) -> None:
        report(Progress(phase, done, round(total, 1), "s", account(self._load.seconds)))


def _check_cancellation() -> None:
    """One that was swallowed below us still counts; a race in some library may do that."""
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError


def account(seconds: tuple[LoadSecond, ...]) -> str:
    """Sum the generator's account up in one clause."""
    sent, failed = sum(s.sent for s in seconds), sum(s.failed for s in seconds)
    p95 = next((s.latency_p95_seconds for s in reversed(seconds) if s.latency_p95_seconds), None)
    latency = "" if p95 is None else f", p95 {p95 * 1000:.0f} ms"
    return f"{sent:,} sent, {failed:,} failed{latency}"
