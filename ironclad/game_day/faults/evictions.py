"""Replicas asked to leave by the eviction API, which a disruption budget may refuse, and should.

As many as the budget allows at that moment must go, and each one too many must be refused. Both are
checked: they are the safeguard under test.
"""

from dataclasses import dataclass

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
