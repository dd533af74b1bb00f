"""The stage `monitoring`: Prometheus, Alertmanager and the janitor."""

import asyncio
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

from ironclad.adapters.files.atomic import explained
from ironclad.adapters.local.monitoring.configuration import Configuration
from ironclad.adapters.local.monitoring.programs import (
    Planned,
    plan_alertmanager,
    plan_janitor,
    plan_prometheus,
    rule_files,
)
from ironclad.adapters.local.monitoring.readiness import alertmanager_known, rules_loaded, scraped
from ironclad.adapters.local.monitoring.reloading import Reloads
from ironclad.adapters.local.probes import problem_at
from ironclad.adapters.local.record import StackRecord, write_record
from ironclad.adapters.local.stack import LocalStack
from ironclad.adapters.programs.program import Program
from ironclad.adapters.programs.tools import ALERTMANAGER, PROMETHEUS, Tool, Toolbox, version_of
from ironclad.domain.stack.readiness import Condition, Readiness, combined

_HEALTH = {"janitor": "/healthz", "alertmanager": "/-/ready", "prometheus": "/-/ready"}
PROGRAMS = tuple(_HEALTH)


class MonitoringStage:
    def __init__(self, stack: LocalStack) -> None:
        self._stack = stack
        given = {"prometheus": stack.options.prometheus, "alertmanager": stack.options.alertmanager}
        self._given = given
        self.toolbox = Toolbox(stack.folder.tools, given)

    async def apply(self) -> tuple[str, ...]:
        record = self._stack.record()
        tools = {tool.name: await self._tool(tool, record) for tool in (PROMETHEUS, ALERTMANAGER)}
        found = {name: path for name, path in tools.items() if not self._given[name]}
        write_record(self._stack.folder.record, record.with_tools(found))
        planned = await asyncio.to_thread(self._planned, record, tools)
        new = [(program, files) for program, files in _configured(planned) if not files.is_live()]
        await asyncio.gather(*(files.refuse_if_wrong() for _, files in new))
        swapped = [await self._swap(program, files) for program, files in new]
        changes = await self._stack.supervisor.ensure([each.program for each in planned])
        return (*changes, *(change for one in swapped for change in one))

    async def _swap(self, program: Program, new: Configuration) -> tuple[str, ...]:
        """What runs reads it again; what is about to be started finds it there."""
        supervisor = self._stack.supervisor
        if await supervisor.stale([program]):
            return await asyncio.to_thread(new.write)
        reloads = Reloads(supervisor, program.name, self._stack.url(program.name))
        return (f"{program.name} reloaded", *await reloads.swap(new))

    def _planned(self, record: StackRecord, tools: dict[str, Path]) -> list[Planned]:
        return [
            plan_janitor(self._stack, record),
            plan_alertmanager(self._stack, record, tools[ALERTMANAGER.name]),
            plan_prometheus(self._stack, record, tools[PROMETHEUS.name]),
        ]

    async def _tool(self, tool: Tool, record: StackRecord) -> Path:
        """Stay with the one in use: a caller with another PATH is no reason to restart it."""
        known = record.tools.get(tool.name)
        if known and not self._given[tool.name] and await version_of(tool, known):
            return known
        return (await self.toolbox.obtain(tool)).path

    async def readiness(self) -> Readiness:
        up = combined(tuple(await asyncio.gather(*map(self._answers, PROGRAMS))))
        if not up.is_ready:
            return up
        url, replicas = self._stack.url("prometheus"), self._stack.record().replicas
        started = (await self._stack.supervisor.states())["prometheus"].started
        checks = await asyncio.gather(
            scraped(url, replicas, started),
            rules_loaded(url, rule_files(self._stack)),
            alertmanager_known(url),
        )
        return combined(tuple(checks))

    async def _answers(self, name: str) -> Readiness:
        state = await self._stack.supervisor.readiness(name)
        if not state.is_ready:
            return state
        problem = await problem_at(self._stack.url(name) + _HEALTH[name])
        return Readiness(Condition.IN_PROGRESS, f"{name}: {problem}") if problem else state

    async def remove(self, *, delete_data: bool) -> None:
        await self._stack.supervisor.remove(PROGRAMS)
        for name in ("prometheus", "alertmanager"):
            folder = self._stack.folder.path / name
            if delete_data and folder.exists():
                with explained("delete", folder):
                    await asyncio.to_thread(shutil.rmtree, folder)


def _configured(planned: Sequence[Planned]) -> Iterator[tuple[Program, Configuration]]:
    for each in planned:
        if each.configuration is not None:
            yield each.program, each.configuration
