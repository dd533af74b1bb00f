"""The stage `monitoring`: started, known to be ready, and read again when its files change."""

import asyncio
import shutil
import time
from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from pathlib import Path

from ironclad.adapters.files.atomic import explained
from ironclad.adapters.local.monitoring.configuration import Configuration, without_addresses
from ironclad.adapters.local.monitoring.programs import (
    Planned,
    plan_alertmanager,
    plan_janitor,
    plan_prometheus,
    rule_files,
)
from ironclad.adapters.local.probes import fetch, fetch_json, problem_at
from ironclad.adapters.local.record import StackRecord, write_record
from ironclad.adapters.local.stack import LocalStack
from ironclad.adapters.programs.program import Program
from ironclad.adapters.programs.supervision import Supervisor
from ironclad.adapters.programs.tools import ALERTMANAGER, PROMETHEUS, Tool, Toolbox, version_of
from ironclad.domain.stack.readiness import Condition, Readiness, combined
from ironclad.domain.stack.stack import SERVICE_JOB
from ironclad.errors import BadInputError, RemoteError, UnreachableError, WaitTimeoutError


async def scraped(prometheus: str, replicas: Sequence[str], since: datetime) -> Readiness:
    """Prometheus' ready endpoint is not "has scraped": look for every replica's series.

    A sample from before Prometheus' own start, `since`, says nothing of the targets of now.
    """
    up = f'up{{job="{SERVICE_JOB}"}}'
    query = f"{up} == 1 and timestamp({up}) > {since.timestamp():.0f}"
    try:
        answer = await fetch_json(f"{prometheus}/api/v1/query", query=query)
        found = {each["metric"].get("pod") for each in answer["data"]["result"]}
    except (UnreachableError, RemoteError, KeyError, ValueError) as error:
        return Readiness(Condition.IN_PROGRESS, f"prometheus: {error}")
    return _counted("Prometheus has scraped", "replicas", replicas, found)


async def rules_loaded(prometheus: str, files: Sequence[Path]) -> Readiness:
    try:
        answer = await fetch_json(f"{prometheus}/api/v1/rules")
        groups = answer["data"]["groups"]
        loaded = {group["file"] for group in groups}
        broken = [
            f"{rule['name']}: {rule['lastError']}"
            for group in groups
            for rule in group["rules"]
            if rule.get("health") == "err"
        ]
    except (UnreachableError, RemoteError, KeyError, ValueError) as error:
        return Readiness(Condition.IN_PROGRESS, f"prometheus: {error}")
    if broken:
        return Readiness(Condition.IN_PROGRESS, f"{len(broken)} rules fail, first {broken[0]}")
    return _counted("Prometheus has loaded", "rule files", [str(path) for path in files], loaded)


async def alertmanager_known(prometheus: str) -> Readiness:
    """Prometheus takes 5 s to learn of it, as of its targets; an alert of before would be lost."""
    try:
        answer = await fetch_json(f"{prometheus}/api/v1/alertmanagers")
        count = len(answer["data"]["activeAlertmanagers"])
    except (UnreachableError, RemoteError, KeyError, ValueError) as error:
        return Readiness(Condition.IN_PROGRESS, f"prometheus: {error}")
    condition = Condition.READY if count else Condition.IN_PROGRESS
    return Readiness(condition, f"Prometheus sends to {count} of 1 Alertmanager")


def _counted(
    verb: str, noun: str, wanted: Sequence[str], found: Collection[str | None]
) -> Readiness:
    missing = [each for each in wanted if each not in found]
    count = f"{verb} {len(wanted) - len(missing)} of {len(wanted)} {noun}"
    if missing:
        return Readiness(Condition.IN_PROGRESS, f"{count}; missing {', '.join(missing)}")
    return Readiness(Condition.READY, count)


_POLL_SECONDS = 0.1
_WITHIN_SECONDS = 30.0
_METRICS = ("_config_last_reload_successful", "_config_last_reload_success_timestamp_seconds")


class Reloads:
    """`url` is where the program answers; `name` is also how its own metrics begin."""

    def __init__(self, supervisor: Supervisor, name: str, url: str) -> None:
        self._supervisor = supervisor
        self._name = name
        self._url = url

    async def swap(self, new: Configuration) -> tuple[str, ...]:
        """Put the files there and have them read; puts the old ones back when they are refused.

        Raises BadInputError for those, and WaitTimeoutError when it does not answer.
        """
        old = await asyncio.to_thread(new.read_live)
        before = await self._state()
        changes = await self._read_again(new)
        if await self._is_taken(before):
            return changes
        await self._read_again(old)
        said = await asyncio.to_thread(self._supervisor.last_words, self._name)
        raise BadInputError(
            f"{self._name} refused its new configuration, so the old one was put back: "
            f"{without_addresses(said)}"
        )

    async def _read_again(self, configuration: Configuration) -> tuple[str, ...]:
        changes = await asyncio.to_thread(configuration.write)
        await self._supervisor.signal(self._name, "HUP")
        return changes

    async def _is_taken(self, before: tuple[float, ...]) -> bool:
        """The time of the last success moves when it was taken; the flag falls when it was not."""
        deadline = time.monotonic() + _WITHIN_SECONDS
        while time.monotonic() < deadline:
            is_good, at = await self._state()
            if at != before[1]:
                return True
            if not is_good and before[0]:
                return False
            await asyncio.sleep(_POLL_SECONDS)
        if not before[0]:
            return False
        raise WaitTimeoutError(
            f"{self._name} did not read its configuration again within {_WITHIN_SECONDS:g} s; "
            f"{self._url} shows what it runs with"
        )

    async def _state(self) -> tuple[float, ...]:
        """Ask for a while: one that was started a moment ago does not answer yet."""
        page = await self._page()
        values = dict(line.rsplit(" ", 1) for line in page.splitlines() if "_reload_" in line)
        try:
            return tuple(float(values[self._name + each]) for each in _METRICS)
        except KeyError as error:
            raise UnreachableError(f"{self._url}/metrics has no {error.args[0]}") from error

    async def _page(self) -> str:
        deadline = time.monotonic() + _WITHIN_SECONDS
        while True:
            try:
                return (await fetch(f"{self._url}/metrics")).text
            except UnreachableError as error:
                if time.monotonic() >= deadline:
                    raise WaitTimeoutError(
                        f"{self._name} runs and did not answer within {_WITHIN_SECONDS:g} s "
                        f"({error}), so its configuration was left as it is"
                    ) from error
            await asyncio.sleep(_POLL_SECONDS)


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
