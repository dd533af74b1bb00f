"""What is written down about a stack: ledger, lock, red switch, runs."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime

from ironclad.domain.evidence.evidence import Evidence
from ironclad.domain.evidence.journal import Mark, PhaseName, Status, open_phase
from ironclad.domain.evidence.outcome import Outcome, Verdict
from ironclad.domain.experiment.plan import Plan
from ironclad.domain.stack.kept_setting import Halt
from ironclad.domain.stack.undo import LEDGER_LEASE, LockHolder, UndoEntry
from ironclad.errors import BusyError, LeaseLapsedError
from tests.fakes.clocks.virtual_clock import VirtualClock


class FakeLedger:
    def __init__(self, clock: VirtualClock) -> None:
        self.clock = clock
        self.kept: dict[str, UndoEntry] = {}
        self.unreadable: tuple[str, ...] = ()
        self.log: list[str] = []

    async def write(self, entry: UndoEntry) -> None:
        self.kept[entry.id] = entry
        self.log.append(f"write {entry.id}")

    async def renew(self, entry_id: str, lease_until: datetime) -> None:
        if entry_id not in self.kept:
            raise LeaseLapsedError(f"{entry_id} was swept")
        self.kept[entry_id] = replace(self.kept[entry_id], lease_until=lease_until)

    async def remove(self, entry_id: str) -> None:
        self.kept.pop(entry_id, None)

    async def entries(self) -> tuple[UndoEntry, ...]:
        return tuple(self.kept.values())

    async def damaged(self) -> tuple[str, ...]:
        return self.unreadable


class FakeLock:
    def __init__(self, clock: VirtualClock) -> None:
        self.clock = clock
        self.current: LockHolder | None = None
        self.failure: Callable[[], Awaitable[None]] | None = None
        """What a question for the holder meets."""

    @asynccontextmanager
    async def held(self, run: str, purpose: str, who: str) -> AsyncIterator[None]:
        if self.current is not None:
            raise BusyError(f"{self.current.purpose} holds the stack")
        now = self.clock.now()
        self.current = LockHolder(
            run=run, purpose=purpose, who=who, since=now, lease_until=now + LEDGER_LEASE
        )
        try:
            yield
        finally:
            self.current = None

    async def holder(self) -> LockHolder | None:
        if self.failure is not None:
            await self.failure()
        return self.current

    async def lapsed(self) -> LockHolder | None:
        """Its holder is dead by name only: `holder` knows no time."""
        found = self.current
        return found if found and found.has_lapsed(self.clock.now()) else None

    async def until_holder_ends(self, seconds: float) -> None:
        await self.clock.sleep(seconds)

    async def request_abort(self, who: str) -> LockHolder | None:
        if self.current is not None:
            self.current = replace(self.current, abort_requested=who)
        return self.current


class FakeHalt:
    """The red switch."""

    def __init__(self) -> None:
        self.on: Halt | None = None

    async def state(self) -> Halt | None:
        return self.on

    async def turn_on(self, halt: Halt) -> None:
        self.on = halt

    async def turn_off(self) -> Halt | None:
        was, self.on = self.on, None
        return was


class FakeRuns:
    def __init__(self) -> None:
        self.opened: list[Plan] = []
        self.marks: list[Mark] = []
        self.closed: list[Evidence] = []
        self.finalized: list[str] = []
        self.open_runs: tuple[str, ...] = ()

    async def open(self, plan: Plan) -> None:
        self.opened.append(plan)

    def keep(self, plan: Plan, mark: Mark) -> None:
        self.marks.append(mark)

    async def close(self, evidence: Evidence) -> Outcome:
        self.closed.append(evidence)
        return Outcome(
            run=evidence.plan.run,
            experiment=evidence.plan.experiment.name,
            status=evidence.status,
            verdict=Verdict.INCONCLUSIVE,
            reason=evidence.status_reason,
        )

    async def phase(self, run: str) -> PhaseName | None:
        return open_phase(self.marks)

    async def unfinished(self) -> tuple[str, ...]:
        return self.open_runs

    async def finalize(self, run: str) -> Outcome | None:
        self.finalized.append(run)
        return Outcome(
            run=run,
            experiment="",
            status=Status.INTERRUPTED,
            verdict=Verdict.INCONCLUSIVE,
            reason="its runner died",
        )
