"""The stages of a stack on one machine, each a small class of its own."""

from collections.abc import Mapping
from typing import Protocol

from ironclad.adapters.local.backend import BackendStage
from ironclad.adapters.local.monitoring import MonitoringStage
from ironclad.adapters.local.namespace import NamespaceStage
from ironclad.adapters.local.postgres import PostgresStage
from ironclad.adapters.local.secret import SecretStage
from ironclad.adapters.local.stack import LocalStack
from ironclad.domain.readiness import Readiness
from ironclad.domain.stack import Stage


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
