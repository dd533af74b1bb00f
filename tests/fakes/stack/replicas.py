"""Replicas in memory, and the faults that are armed on them."""

from dataclasses import dataclass, field
from datetime import timedelta

from ironclad.domain.evidence.journal import Mark
from ironclad.domain.experiment.experiment import Fault
from ironclad.domain.faults.catalogue import FaultKind
from ironclad.domain.faults.fault import ArmedFault, ChaosStatus, Stressor, Tally
from ironclad.domain.stack.stack import Replica
from ironclad.errors import LeaseLapsedError, UnreachableError
from tests.fakes.clocks.virtual_clock import VirtualClock


@dataclass
class FakeReplica:
    """One replica's faults by id, with the monotonic time at which each lapses."""

    replica: Replica
    clock: VirtualClock
    armed: dict[str, tuple[Fault, float]] = field(default_factory=dict)
    is_silent: bool = False
    is_ready: bool = True
    is_deaf: bool = False
    """Takes a fault and shows no effect of it."""
    is_burnt_out: bool = False
    """The process of a stressor has ended by itself."""
    life: int = 1
    down_until: float = 0.0

    @property
    def answers(self) -> bool:
        return not self.is_silent and self.clock.monotonic() >= self.down_until

    def live(self) -> dict[str, Fault]:
        now = self.clock.monotonic()
        self.armed = {id_: (f, until) for id_, (f, until) in self.armed.items() if until > now}
        return {id_: fault for id_, (fault, _) in self.armed.items()}

    def end(self, *, back_after_seconds: float) -> None:
        self.armed.clear()
        self.life += 1
        self.down_until = self.clock.monotonic() + back_after_seconds

    def tally(self, fault: Fault | None, *, removed: bool) -> Tally:
        hit = 0 if self.is_deaf else 20
        return Tally(removed, 100, hit, self.stressor(fault) if fault else None)

    def stressor(self, fault: Fault) -> Stressor | None:
        """It burns as long as the clock runs, and fills memory at once."""
        if fault.cores is None and fault.size_bytes is None:
            return None
        burnt = 1.0 if self.is_deaf else (fault.cores or 0.0) * self.clock.monotonic()
        held = 0 if self.is_deaf else fault.size_bytes or 0
        return Stressor(is_alive=not self.is_burnt_out, cpu_seconds=burnt, memory_bytes=held)

    def armed_among(self, *kinds: FaultKind) -> list[str]:
        """Give the ids of the faults of these kinds that show an effect now."""
        live = {} if self.is_deaf else self.live()
        return [id_ for id_, fault in live.items() if fault.kind in kinds]


@dataclass
class FakeAttachment:
    """Stands in the list of those that are held until it is closed."""

    faults: "FakeFaults"
    name: str
    marks: tuple[Mark, ...] = ()

    def news(self) -> tuple[Mark, ...]:
        marks, self.marks = self.marks, ()
        return marks

    async def close(self) -> None:
        self.faults.attached.remove(self)
        self.faults.log.append(f"detach {self.name}")


class FakeFaults:
    def __init__(self, replicas: dict[str, FakeReplica]) -> None:
        self.replicas = replicas
        self.log: list[str] = []
        self.kinds: tuple[str, ...] | None = tuple(FaultKind)
        self.holds = True
        """A version before attachments holds none."""
        self.attached: list[FakeAttachment] = []
        self.terms: set[tuple[timedelta, timedelta | None]] = set()
        """Lease and bound of everything that was armed or renewed."""

    def _of(self, replica: Replica) -> FakeReplica:
        fake = self.replicas[replica.name]
        if not fake.answers:
            raise UnreachableError(f"{replica.name} does not answer")
        return fake

    async def attach(self, replica: Replica, run: str) -> FakeAttachment | None:
        self._of(replica)
        if not self.holds:
            return None
        self.attached.append(FakeAttachment(self, replica.name))
        self.log.append(f"attach {replica.name}")
        return self.attached[-1]

    async def arm(
        self,
        replica: Replica,
        fault: Fault,
        *,
        run: str,
        lease: timedelta,
        attached: timedelta | None = None,
    ) -> None:
        fake = self._of(replica)
        self.log.append(f"arm {fault.id} {replica.name}")
        self.terms.add((lease, attached))
        if fault.kind is FaultKind.CRASH:
            fake.end(back_after_seconds=1.0)
        else:
            fake.armed[fault.id] = (fault, fake.clock.monotonic() + lease.total_seconds())

    async def renew(
        self,
        replica: Replica,
        fault: Fault,
        *,
        run: str,
        lease: timedelta,
        attached: timedelta | None = None,
    ) -> Tally:
        fake = self._of(replica)
        self.terms.add((lease, attached))
        if fault.id not in fake.live():
            raise LeaseLapsedError(f"{fault.id} is not armed on {replica.name} any more")
        fake.armed[fault.id] = (fault, fake.clock.monotonic() + lease.total_seconds())
        return fake.tally(fault, removed=True)

    async def disarm(self, replica: Replica, fault_id: str) -> Tally:
        fake = self._of(replica)
        fault = fake.live().get(fault_id)
        fake.armed.pop(fault_id, None)
        self.log.append(f"disarm {fault_id} {replica.name}")
        return fake.tally(fault, removed=fault is not None)

    async def disarm_all(self, replica: Replica) -> tuple[str, ...]:
        ids = tuple(self._of(replica).live())
        self._of(replica).armed.clear()
        return ids

    async def status(self, replica: Replica) -> ChaosStatus:
        fake = self.replicas[replica.name]
        if not fake.answers:
            return ChaosStatus(replica=replica.name, reachable=False, problem="does not answer")
        faults = tuple(
            ArmedFault(
                id=fault.id,
                kind=fault.kind,
                share=fault.share,
                run="",
                expires_in_seconds=1,
                seen=100,
                hit=fake.tally(fault, removed=True).hit,
                stressor=fake.stressor(fault),
            )
            for fault in fake.live().values()
        )
        return ChaosStatus(
            replica=replica.name,
            reachable=True,
            enabled=True,
            faults=faults,
            kinds=self.kinds,
            memory_headroom_bytes=1 << 30,
        )

    async def is_ready(self, replica: Replica) -> bool:
        fake = self.replicas[replica.name]
        return fake.is_ready and fake.answers and not fake.armed_among(FaultKind.NOT_READY)

    async def shortcut(self, replica: Replica, path: str, *, lasts: timedelta | None) -> str:
        return f"{replica.name} {path}"
