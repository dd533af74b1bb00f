"""Replicas that leave in good order: by the eviction API, or restarted one after the other."""

from dataclasses import dataclass, field

from ironclad.domain.stack.stack import Replica
from ironclad.errors import IroncladError, RefusedError
from ironclad.game_day.faults.terminations import TerminatedReplicas


@dataclass(slots=True)
class EvictedReplicas(TerminatedReplicas):
    """`lives` are those of the replicas that were let go."""

    async def _terminate(self) -> None:
        """One after the other, as a drain does it, so that the budget counts each."""
        allowed = await self.day.tools.platform.disruptions_allowed()
        refused: dict[str, str] = {}
        for replica in self.planned.targets:
            try:
                await self.day.tools.replica_faults.terminate(replica, self.fault.kind)
            except RefusedError as error:
                refused[replica.name] = str(error)
                del self.lives[replica.name]
        self._compare(allowed, refused)

    def _compare(self, allowed: int | None, refused: dict[str, str]) -> None:
        asked, gone = len(self.planned.targets), len(self.lives)
        too_many = allowed is not None and gone > allowed
        undue = f"{gone} evictions were let through and the disruption budget allows {allowed}"
        self.recorder.evicted(tuple(refused), undue if too_many else "")
        for name, why in refused.items():
            self.day.journal.mark(f"the eviction of {name} was refused: {why}", source="platform")
        if allowed is None:
            raise IroncladError("no disruption budget says how many replicas may go")
        if gone < (due := min(asked, allowed)):
            words = "; ".join(refused.values())
            raise RefusedError((f"{gone} of {due} evictions went through: {words}",))


@dataclass(slots=True)
class RolledReplicas(TerminatedReplicas):
    """`waiting` are those that only we restart.

    `back_since` is the monotonic time since which every replica has been ready again.
    """

    waiting: list[Replica] = field(default_factory=list)
    back_since: float | None = None

    async def _terminate(self) -> None:
        faults = self.day.tools.replica_faults
        self.waiting = list(await faults.roll(self.planned.targets))
        await self._next()

    async def _next(self) -> None:
        if self.waiting:
            replica = self.waiting.pop(0)
            self.back_since = None
            await self.day.tools.replica_faults.terminate(replica, self.fault.kind)

    def _shows(self, ended: set[str]) -> bool:
        return bool(ended)

    async def is_over(self) -> bool:
        """Go on to the next one where the platform does not; over when the last is back."""
        if await self._problem() or not await self._all_were_restarted():
            self.back_since = None
            return False
        now = self.day.tools.clock.monotonic()
        self.back_since = now if self.back_since is None else self.back_since
        if not self.waiting:
            return True
        if now - self.back_since >= self._noticed_seconds:
            await self._next()
        return False

    @property
    def _noticed_seconds(self) -> float:
        """A balancer has seen by then that a replica is back."""
        spec = self.fault.kind.spec
        return spec.costs_for(self.fault.duration).total_seconds()

    async def _all_were_restarted(self) -> bool:
        """All but those that still wait: one that was just ended is ready for a while."""
        waiting = {replica.name for replica in self.waiting}
        try:
            lives = await self._lives()
        except IroncladError:
            return False
        return all(
            lives[name] != before for name, before in self.lives.items() if name not in waiting
        )
