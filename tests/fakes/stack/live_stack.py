"""A real local stack in a state root of its own."""

import asyncio
import os
import shutil
import tempfile
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from ironclad.adapters.local.folder import TOOLS
from ironclad.adapters.local.options import LocalOptions
from ironclad.adapters.local.platform import LocalPlatform
from ironclad.adapters.programs.tools import ALERTMANAGER, PROMETHEUS, Tool
from ironclad.clock import SystemClock
from ironclad.domain.stack.platforms import LOCAL
from ironclad.domain.stack.stack import STAGES, Applied, StackRef, Stage
from ironclad.settings import settings
from ironclad.waiting import until_ready

READY_WITHIN = timedelta(seconds=90)


def open_root() -> Path:
    """Outside of pytest's own folder, which is closed to the database's user when we are root."""
    root = Path(tempfile.mkdtemp(prefix="ironclad-test-"))
    root.chmod(0o755)
    return root


@dataclass(frozen=True)
class LiveStack:
    """One stack; several of different names may share a root."""

    root: Path
    ref: StackRef
    platform: LocalPlatform

    async def up(self, stages: Sequence[Stage] = STAGES) -> list[Applied]:
        return [await self._bring_up(stage) for stage in stages]

    async def _bring_up(self, stage: Stage) -> Applied:
        applied = await self.platform.apply(stage)
        await self.until_ready(stage)
        return applied

    async def until_ready(self, stage: Stage) -> None:
        await until_ready(
            f"the stage {stage}",
            lambda: self.platform.readiness(stage),
            deadline=READY_WITHIN,
            clock=SystemClock(),
        )

    async def down(self, *, delete_data: bool) -> None:
        for stage in reversed(STAGES):
            await self.platform.remove(stage, delete_data=delete_data)


@dataclass(frozen=True)
class StackSpec:
    """What differs between two stacks of a test."""

    name: str = "demo"
    replica_count: int = 3
    ports: Mapping[str, int] = field(default_factory=dict)
    backend_environment: Mapping[str, str] = field(default_factory=dict)


def stack_in(root: Path, stack_spec: StackSpec) -> LiveStack:
    platform = LocalPlatform(options_in(root, stack_spec))
    return LiveStack(root, StackRef(LOCAL, stack_spec.name), platform)


def options_in(root: Path, stack_spec: StackSpec) -> LocalOptions:
    return LocalOptions(
        root=root,
        stack=stack_spec.name,
        replica_count=stack_spec.replica_count,
        ports=stack_spec.ports,
        backend_environment=stack_spec.backend_environment,
        prometheus=tool_of_this_machine(PROMETHEUS),
        alertmanager=tool_of_this_machine(ALERTMANAGER),
    )


def tool_of_this_machine(tool: Tool) -> Path | None:
    """What set-up has fetched already need not be fetched once more for a test."""
    fetched = settings().state / TOOLS
    names = (f"{tool.name}-{tool.version}/{tool.name}", *_packaged(tool))
    return next((fetched / name for name in names if (fetched / name).is_file()), None)


def _packaged(tool: Tool) -> tuple[str, ...]:
    return tuple(f"{tool.name}-package/usr/bin/{command}" for command in tool.commands)


def forget(root: Path) -> None:
    shutil.rmtree(root)


async def becomes_true(condition: Callable[[], Awaitable[bool]], seconds: float = 30) -> bool:
    deadline = time.monotonic() + seconds
    while not await condition():
        if time.monotonic() >= deadline:
            return False
        await asyncio.sleep(0.05)
    return True


def is_root() -> bool:
    return os.geteuid() == 0
