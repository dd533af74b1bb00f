"""Replicas that end on this machine: the supervisor signals them, and starts the next ones."""

from collections.abc import Mapping, Sequence

from ironclad.adapters.programs.supervision import Supervisor
from ironclad.domain.faults.catalogue import FaultKind
from ironclad.domain.faults.spec import Ending
from ironclad.domain.stack.stack import Replica

_SIGNALS: Mapping[Ending | None, str] = {Ending.KILLED: "KILL", Ending.DRAINED: "TERM"}
"""A signal, and not the supervisor's stop: a runner that dies in between leaves nothing stopped."""


class LocalReplicaFaults:
    """Satisfies `ports.ReplicaFaults`."""

    def __init__(self, supervisor: Supervisor) -> None:
        self._supervisor = supervisor

    async def life(self, replica: Replica) -> str:
        process = await self._supervisor.process_of(replica.name)
        return f"process {process}" if process else ""

    async def terminate(self, replica: Replica, kind: FaultKind) -> None:
        await self._supervisor.signal(replica.name, _SIGNALS[kind.spec.ending])

    async def roll(self, replicas: Sequence[Replica]) -> tuple[Replica, ...]:
        """No local part restarts replicas by itself."""
        return tuple(replicas)
