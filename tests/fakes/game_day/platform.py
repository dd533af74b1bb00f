"""A platform in memory: what it changes by order, and what it does to replicas."""

from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

from ironclad.domain.experiment.targets import DATABASE
from ironclad.domain.faults.catalogue import FaultKind
from ironclad.domain.slo.deploy_gate import BackendChange
from ironclad.domain.stack.finding import Finding
from ironclad.domain.stack.readiness import Condition, Readiness
from ironclad.domain.stack.stack import Applied, Endpoints, Replica, Stage
from ironclad.domain.stack.undo import Change
from ironclad.errors import LeaseLapsedError, RefusedError, UnreachableError
from tests.fakes.clocks.virtual_clock import VirtualClock
from tests.fakes.stack.replicas import FakeReplica

if TYPE_CHECKING:
    from tests.fakes.game_day.world import World


class FakeReplicaFaults:
    """Replaces what ended after a while, under the next free name if `renames` is set."""

    def __init__(self, replicas: dict[str, FakeReplica], clock: VirtualClock) -> None:
        self.replicas = replicas
        self.clock = clock
        self.log: list[str] = []
        self.back_after_seconds = 1.0
        self.gives_new_names = False
        self.is_without_effect = False
        self.is_away = False
        self.is_rolled_by_hand = True
        self.evictions_left = 1
        self.database_life = 1

    async def life(self, replica: Replica) -> str:
        if self.is_away:
            raise UnreachableError("the platform does not answer")
        if replica.name == DATABASE.name:
            return f"life {self.database_life}"
        fake = self.replicas.get(replica.name)
        return f"life {fake.life}" if fake else ""

    async def roll(self, replicas: Sequence[Replica]) -> tuple[Replica, ...]:
        self.log.append("roll")
        return tuple(replicas) if self.is_rolled_by_hand else ()

    async def terminate(self, replica: Replica, kind: FaultKind) -> None:
        self.log.append(f"terminate {kind} {replica.name}")
        if self.is_without_effect:
            return
        if kind is FaultKind.EVICT:
            if self.evictions_left < 1:
                raise RefusedError((f"the budget forbids to evict {replica.name}",))
            self.evictions_left -= 1
        if replica.name == DATABASE.name:
            self.database_life += 1
            return
        fake = self.replicas[replica.name]
        if self.gives_new_names:
            del self.replicas[replica.name]
            name = f"backend-{len(self.log) + 2}"
            fake = FakeReplica(Replica(name, f"http://{name}"), self.clock)
            self.replicas[name] = fake
        fake.end(back_after_seconds=self.back_after_seconds)


class FakeChanges:
    """Keeps the platform's state as words; a change says `broken` of each of its targets."""

    def __init__(self, replicas: dict[str, FakeReplica]) -> None:
        self.replicas = replicas
        self.state = {"postgres": "up", **dict.fromkeys(replicas, "up")}
        self.log: list[str] = []
        self.refusals: dict[FaultKind, str] = {}
        self.is_without_effect = False
        self.has_lapsed = False
        self.sticks_for = 0
        """So many restorations fail before one works."""

    async def refusal(self, kind: FaultKind, targets: Sequence[Replica]) -> str:
        return self.refusals.get(kind, "")

    async def before(self, kind: FaultKind, targets: Sequence[Replica]) -> Change:
        names = tuple(replica.name for replica in targets)
        return Change(kind=kind, targets=names, before={n: self.state[n] for n in names})

    async def make(self, change: Change, lasts: timedelta) -> None:
        self.log.append(f"make {change.kind} {', '.join(change.targets)}")
        if not self.is_without_effect:
            self._set(change, dict.fromkeys(change.before, "broken"))

    async def renew(self, change: Change) -> None:
        self.log.append(f"renew {change.kind}")
        if self.has_lapsed:
            raise LeaseLapsedError(f"{change.kind} is over")

    async def is_made(self, change: Change) -> bool:
        return all(self.state[name] == "broken" for name in change.before)

    async def restore(self, change: Change) -> str:
        self.log.append(f"restore {change.kind}")
        if self.sticks_for > 0:
            self.sticks_for -= 1
            return "it sticks"
        self._set(change, dict(change.before))
        return ""

    async def snapshot(self) -> dict[str, str]:
        return dict(self.state)

    def _set(self, change: Change, words: dict[str, str]) -> None:
        """Without its database no replica is ready."""
        self.state |= words
        if change.kind.spec.is_on_database and change.kind.spec.changes_platform:
            for fake in self.replicas.values():
                fake.is_ready = self.state["postgres"] == "up"


class FakePlatform:
    def __init__(self, world: "World") -> None:
        self.world = world
        self.applied: list[Stage] = []
        self.rolled_back: list[Stage] = []
        self.last_good: str | None = None

    async def findings(self) -> Sequence[Finding]:
        return ()

    async def apply(self, stage: Stage) -> Applied:
        self.applied.append(stage)
        return Applied(stage, ("something",))

    async def readiness(self, stage: Stage) -> Readiness:
        return Readiness(Condition.READY, f"{stage} is fine")

    async def roll_back(self, stage: Stage) -> str | None:
        self.rolled_back.append(stage)
        return self.last_good

    async def remove(self, stage: Stage, *, delete_data: bool) -> None: ...

    async def replicas(self) -> tuple[Replica, ...]:
        return tuple(fake.replica for fake in self.world.replicas.values())

    async def missing_permissions(self) -> tuple[str, ...]:
        return self.world.missing_permissions

    async def disruptions_allowed(self) -> int | None:
        return self.world.disruptions_allowed

    async def backend_change(self) -> BackendChange:
        return self.world.backend_change

    async def refusal_of_game_days(self) -> str | None:
        return self.world.refusal_of_game_days

    async def endpoints(self) -> Endpoints:
        return self.world.endpoints
