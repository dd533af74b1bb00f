"""Satisfies `ports.Platform` on one machine."""

from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from ironclad.adapters.local.backend import BackendStage
from ironclad.adapters.local.caddy import BALANCER
from ironclad.adapters.local.folder import StackFolder
from ironclad.adapters.local.monitoring.stage import MonitoringStage
from ironclad.adapters.local.namespace import NamespaceStage
from ironclad.adapters.local.options import LocalOptions
from ironclad.adapters.local.postgres.stage import PostgresStage
from ironclad.adapters.local.record import read_record
from ironclad.adapters.local.secret import SecretStage
from ironclad.adapters.local.stack import LocalStack
from ironclad.adapters.programs.supervision import Supervisor
from ironclad.domain.slo.deploy_gate import BackendChange
from ironclad.domain.stack.finding import Finding
from ironclad.domain.stack.readiness import Condition, Readiness
from ironclad.domain.stack.stack import Applied, Endpoints, Replica, Stage


class _Stage(Protocol):
    async def apply(self) -> tuple[str, ...]: ...

    async def readiness(self) -> Readiness: ...

    async def remove(self, *, delete_data: bool) -> None: ...


class Stages:
    def __init__(self, stack: LocalStack) -> None:
        self.backend = BackendStage(stack)
        self.monitoring = MonitoringStage(stack)
        self.by_name: Mapping[Stage, _Stage] = {
            Stage.NAMESPACE: NamespaceStage(stack),
            Stage.SECRET: SecretStage(stack),
            Stage.POSTGRES: PostgresStage(stack),
            Stage.BACKEND: self.backend,
            Stage.MONITORING: self.monitoring,
        }


if TYPE_CHECKING:
    from ironclad.adapters.local.platform import Stages


class LocalPlatform:
    """One stack. `folder` tells where its lock, its ledger and its chaos token lie."""

    def __init__(self, options: LocalOptions) -> None:
        self._stack = LocalStack(options)

    @cached_property
    def _stages(self) -> "Stages":
        """Imported when a stage is asked for: a game day's plan asks for none."""
        from ironclad.adapters.local.platform import Stages  # noqa: PLC0415

        return Stages(self._stack)

    @property
    def folder(self) -> StackFolder:
        return self._stack.folder

    @property
    def supervisor(self) -> Supervisor:
        return self._stack.supervisor

    @property
    def run_folder(self) -> Path:
        return self._stack.run

    def port(self, name: str) -> int:
        """Give a port of the stack by name, such as `janitor`; StateError before the first up."""
        return self._stack.port(name)

    async def findings(self) -> Sequence[Finding]:
        from ironclad.adapters.local.findings import findings  # noqa: PLC0415 - `check` alone

        return await findings(self._stack, self._stages.monitoring.toolbox)

    async def apply(self, stage: Stage) -> Applied:
        return Applied(stage, await self._stages.by_name[stage].apply())

    async def readiness(self, stage: Stage) -> Readiness:
        if stage is not Stage.NAMESPACE and read_record(self.folder.record) is None:
            return Readiness(Condition.IN_PROGRESS, f"{self.folder.path} is not there yet")
        return await self._stages.by_name[stage].readiness()

    async def roll_back(self, stage: Stage) -> None:
        """There is no earlier revision here: the checkout is the only one."""

    async def remove(self, stage: Stage, *, delete_data: bool) -> None:
        """Removing what is not there is fine; a record that was lost keeps nothing running."""
        if stage is Stage.NAMESPACE or read_record(self.folder.record) is not None:
            await self._stages.by_name[stage].remove(delete_data=delete_data)

    async def replicas(self) -> tuple[Replica, ...]:
        record = read_record(self.folder.record)
        if record is None:
            return ()
        return tuple(
            Replica(name, f"http://127.0.0.1:{record.ports[name]}") for name in record.replicas
        )

    async def refusal_of_game_days(self) -> str | None:
        """A part of the stack that a signal has stopped would be measured, and not the fault."""
        return "; ".join(await self.supervisor.stopped()) or None

    async def missing_permissions(self) -> tuple[()]:
        """Write access to the stack's folder is the permission for everything."""
        return ()

    async def disruptions_allowed(self) -> None:
        """Nothing here holds a replica back."""

    async def backend_change(self) -> BackendChange:
        if read_record(self.folder.record) is None:
            return BackendChange.FIRST
        return await self._stages.backend.change()

    async def endpoints(self) -> Endpoints:
        record = read_record(self.folder.record)
        states = await self._stack.supervisor.states()

        def url(program: str, port: str) -> str | None:
            if record is None or program not in states or not states[program].is_kept_up:
                return None
            return f"http://127.0.0.1:{record.ports[port]}"

        return Endpoints(
            service=url(BALANCER, "service"),
            prometheus=url("prometheus", "prometheus"),
            alertmanager=url("alertmanager", "alertmanager"),
            janitor=url("janitor", "janitor"),
        )
