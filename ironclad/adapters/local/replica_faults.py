"""Replicas that end on this machine: the supervisor signals them, and starts the next ones."""

from collections.abc import Sequence

from ironclad.adapters.programs.supervision import Supervisor
from ironclad.domain.experiment.experiment import FaultKind
from ironclad.domain.stack.stack import Replica

_SIGNALS = {
    FaultKind.REPLICA_KILL: "KILL",
    FaultKind.POSTGRES_KILL: "KILL",
    FaultKind.POD_DELETE: "TERM",
    FaultKind.ROLLING_RESTART: "TERM",
}
"""A signal, and not the supervisor's stop: a runner that dies in between leaves nothing stopped."""


class LocalReplicaFaults:
    """Satisfies `ports.ReplicaFaults`."""

    def __init__(self, supervisor: Supervisor) -> None:
        self._supervisor = supervisor

    async def life(self, replica: Replica) -> str:
        process = await self._supervisor.process_of(replica.name)
        return f"process {process}" if process else ""

    async def terminate(self, replica: Replica, kind: FaultKind) -> None:
        await self._supervisor.signal(replica.name, _SIGNALS[kind])

    async def roll(self, replicas: Sequence[Replica]) -> tuple[Replica, ...]:
        """Nobody here does it by himself."""
        return tuple(replicas)
