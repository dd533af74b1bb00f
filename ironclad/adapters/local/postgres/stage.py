"""The stage `postgres`: a real PostgreSQL under the supervisor, and the relay before it."""

import asyncio
import shutil
import time
from datetime import timedelta
from pathlib import Path

from ironclad.adapters.files.atomic import explained, make_folder
from ironclad.adapters.local.postgres.account import ensure_account, refuse_closed_root
from ironclad.adapters.local.postgres.binaries import programs_for
from ironclad.adapters.local.postgres.cluster import ensure_cluster
from ironclad.adapters.local.postgres.login import Logins
from ironclad.adapters.local.postgres.relay_control import RELAY, relay_program, relay_readiness
from ironclad.adapters.local.stack import LocalStack
from ironclad.adapters.programs.program import Program
from ironclad.domain.stack.readiness import Condition, Readiness, combined
from ironclad.errors import (
    IroncladError,
    RemoteError,
    StageFailedError,
    StateError,
    UnreachableError,
)
from ironclad.slowness import Patience

NAME = "postgres"
ACCEPTS_WITHIN = timedelta(seconds=60)
_POLL_SECONDS = 0.1

_TUNING = {
    "shared_buffers": "32MB",
    "max_connections": "50",
    "max_wal_size": "256MB",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_worker_processes": "2",
    "max_parallel_workers_per_gather": "0",
    "autovacuum_max_workers": "1",
    "io_method": "sync",
    "jit": "off",
    "fsync": "on",
}
"""Small, since it shares a laptop; never at the price of an acknowledged write."""


class PostgresStage:
    def __init__(self, stack: LocalStack) -> None:
        self._stack = stack

    async def apply(self) -> tuple[str, ...]:
        folder = self._stack.folder
        if not folder.password.exists():
            raise StateError(f"{folder.password} is not there; apply the stage secret first")
        user = await asyncio.to_thread(ensure_account)
        refuse_closed_root(folder.root, user)
        programs = await asyncio.to_thread(programs_for, user, folder.tools)
        made = await asyncio.to_thread(ensure_cluster, folder, programs, user)
        self._make_socket_folder(user)
        wanted = [self._program(programs, user), relay_program(self._stack)]
        changes = await self._stack.supervisor.ensure(wanted)
        changes += await self._ensure_login()
        return (f"database made in {folder.data}", *changes) if made else changes

    def _make_socket_folder(self, user: str) -> None:
        make_folder(self._sockets)
        if user:
            with explained("give to the database's user", self._sockets):
                shutil.chown(self._sockets, user, user)

    @property
    def _sockets(self) -> Path:
        return self._stack.run / "postgres"

    def _program(self, programs: Path, user: str) -> Program:
        settings = _TUNING | {
            "listen_addresses": "127.0.0.1",
            "port": str(self._stack.port(NAME)),
            "unix_socket_directories": str(self._sockets),
            "unix_socket_permissions": "0700",
        }
        options = [word for key, value in settings.items() for word in ("-c", f"{key}={value}")]
        return Program(
            name=NAME,
            argv=(str(programs / "postgres"), "-D", str(self._stack.folder.data), *options),
            folder=self._stack.folder.postgres,
            user=user,
            stop_signal="INT",
            stop_within=timedelta(seconds=20),
            death_signal="INT",
            start_retries=3,
        )

    async def _ensure_login(self) -> tuple[str, ...]:
        """Wait until it accepts connections; mend the service's own login if that fails."""
        logins = self._logins()
        began, patience = time.monotonic(), Patience(ACCEPTS_WITHIN)
        while True:
            try:
                return await self._mended(logins)
            except UnreachableError as error:
                await self._refuse_to_wait(time.monotonic() - began, patience, error)
                await asyncio.sleep(_POLL_SECONDS)

    async def _mended(self, logins: Logins) -> tuple[str, ...]:
        try:
            await logins.check()
        except RemoteError:
            await logins.ensure()
            return ("role and database made",)
        return ()

    async def _refuse_to_wait(
        self, waited: float, patience: Patience, error: IroncladError
    ) -> None:
        state = await self._stack.supervisor.readiness(NAME)
        if state.condition is Condition.FAILED:
            raise StageFailedError(f"PostgreSQL does not start: {state.message}") from error
        if await patience.is_over(waited):
            said = self._stack.supervisor.last_words(NAME)
            raise StageFailedError(
                f"PostgreSQL accepts no connection within {patience}: {error}; {state.message};"
                f" its log ends: {said}"
            ) from error

    async def readiness(self) -> Readiness:
        database = await self._database_readiness()
        return combined((database, await relay_readiness(self._stack)))

    async def _database_readiness(self) -> Readiness:
        state = await self._stack.supervisor.readiness(NAME)
        if not state.is_ready:
            return state
        try:
            await self._logins().check()
        except (UnreachableError, RemoteError) as error:
            return Readiness(Condition.IN_PROGRESS, f"{state.message}; {error}")
        return Readiness(Condition.READY, f"{state.message}; accepts connections")

    def _logins(self) -> Logins:
        return Logins(
            port=self._stack.port(NAME),
            password=self._stack.folder.password,
            superuser_password=self._stack.folder.superuser_password,
        )

    async def remove(self, *, delete_data: bool) -> None:
        await self._stack.supervisor.remove([RELAY, NAME])
        folder = self._stack.folder.postgres
        if delete_data and folder.exists():
            with explained("delete", folder):
                await asyncio.to_thread(shutil.rmtree, folder)
