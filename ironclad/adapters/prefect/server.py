"""The machine's Prefect server and worker, kept up by a supervisor of their own.

Prefect runs as a child and is never imported here. Where another server is named, only the worker
runs here.
"""

import asyncio
import contextlib
import shutil
import socket
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psutil
from pydantic import TypeAdapter, ValidationError

from ironclad.adapters.files.atomic import (
    as_json,
    explained,
    make_folder,
    require_free_space,
    write_if_different,
)
from ironclad.adapters.prefect.access import PrefectAccess
from ironclad.adapters.prefect.api import KEY, LOGIN, URL, ClosedError, PrefectApi
from ironclad.adapters.prefect.pool import POOL, ensure_pool
from ironclad.adapters.prefect.programs import DATABASE, SERVER, WORKER, PrefectPrograms
from ironclad.adapters.programs.free_ports import free_port
from ironclad.adapters.programs.processes import is_free, is_ours, listeners
from ironclad.adapters.programs.program import Program
from ironclad.adapters.programs.socket_folder import make_run_folder, run_folder
from ironclad.adapters.programs.supervision import Supervisor
from ironclad.domain.stack.readiness import Condition, Readiness
from ironclad.errors import RemoteError, StateError, UnreachableError

FOLDER = "_prefect"

_FLOWS_UNDO_WITHIN = timedelta(seconds=30)
_CLOCKS_APART = timedelta(seconds=30)
_WORKER_FORGOTTEN_AFTER = timedelta(minutes=2)
_PORT = TypeAdapter(dict[str, int])
_LEAST_FREE_BYTES = 200_000_000
"""A server on a full disk does not say so: it comes up and dies, again and again."""

_CLOUD_API, _CLOUD_PAGES = "//api.prefect.cloud/api/accounts/", "//app.prefect.cloud/account/"


class PrefectServer:
    """One for all stacks of a state root.

    `port` is taken if it is free, else another one, which is then remembered. `environment` is what
    flows need of the caller's, such as HOME. It names no cluster: that belongs to the stack.

    `existing` are Prefect's own names for a server to use instead, with an address that may be
    empty: then ours again. None leaves it, as an empty `database` does, at what it was.
    """

    def __init__(
        self,
        root: Path,
        *,
        project: Path,
        port: int = 4200,
        environment: Mapping[str, str] | None = None,
        existing: Mapping[str, str] | None = None,
        database: str = "",
        sockets: Path = Path("/tmp"),  # noqa: S108 - the run folder in it is checked to be ours
    ) -> None:
        self._folder = root.absolute() / FOLDER
        self._project = project
        self._wanted_port = port
        self._environment = dict(environment or {})
        self._run = run_folder(sockets, self._folder)
        self._supervisor = Supervisor(self._folder, self._run)
        self._programs = PrefectPrograms(self._folder, project)
        self._access = PrefectAccess(self._folder)
        self._existing = self._other_server(existing)
        self._database = database

    @property
    def is_existing(self) -> bool:
        """Whether it is a server that others start."""
        return bool(self._existing)

    @property
    def login_file(self) -> Path | None:
        """What to log in with on our own server's pages."""
        return None if self._existing else self._access.login_file

    @property
    def url(self) -> str:
        """Where its pages are. Raises StateError before the first start."""
        return _pages(self.api_url)

    @property
    def api_url(self) -> str:
        return self._existing[URL] if self._existing else f"{self._own_url()}/api"

    def _own_url(self) -> str:
        port = self._known_port()
        if port is None:
            raise StateError(
                "no Prefect server was started here yet; start it with `ironclad prefect up`"
            )
        return f"http://127.0.0.1:{port}"

    @property
    def client_environment(self) -> dict[str, str]:
        """For Prefect's own code in other processes, which else makes a folder in the HOME.

        An empty value takes away what is meant for another server.
        """
        own = {URL: self.api_url, LOGIN: self._access.login, KEY: ""}
        return {
            LOGIN: "",
            KEY: "",
            **(self._existing or own),
            "PREFECT_HOME": str(self._programs.home),
        }

    async def ensure_server(self) -> tuple[str, ...]:
        """Start it if need be; `server_readiness` tells when it answers, 8 to 45 s later.

        One that has flows running is left as it is: they could not talk to one with a new login.
        """
        await self._prepare()
        if self._existing or (await self._flows() and await self._supervisor.pid_of(SERVER)):
            return ()
        return await self._supervisor.ensure([self._server()])

    async def ensure_pool(self) -> None:
        """Have the work pool closed, before a worker makes an open one.

        Raises StateError where another machine's worker serves it: game days would go there.
        """
        await ensure_pool(self._api, is_ours=not self._existing)
        await self._refuse_other_workers()

    async def ensure_worker(self) -> tuple[str, ...]:
        """Start the worker if need be, once the server answers: it gives up without one.

        A worker that has flows running is left as it is: a new definition would kill them.
        """
        if await self._flows():
            return ()
        if self._existing:
            await self._supervisor.remove([SERVER])
            return await self._supervisor.ensure([self._worker()])
        return await self._supervisor.ensure([self._server(), self._worker()])

    async def server_readiness(self) -> Readiness:
        state = Readiness(Condition.READY, f"{self.api_url} (PREFECT_API_URL)")
        if not self._existing:
            state = await self._supervisor.readiness(SERVER)
        return await self._answering(state) if state.is_ready else state

    async def _answering(self, state: Readiness) -> Readiness:
        try:
            await self._api.ask("POST", "/work_pools/filter", {"limit": 1})
        except ClosedError as error:
            return Readiness(Condition.FAILED, f"{state.message}; {error}; {self._remedy}")
        except (UnreachableError, RemoteError) as error:
            return Readiness(Condition.IN_PROGRESS, f"{state.message}; {error}")
        return Readiness(Condition.READY, f"Prefect server at {self.url}")

    @property
    def _remedy(self) -> str:
        if self._existing:
            return f"set {KEY} or {LOGIN} to what opens it"
        return (
            f"it was started with another login than {self._access.login_file} holds; run `ironclad"
            " prefect up` once its flow runs have ended"
        )

    async def worker_readiness(self) -> Readiness:
        """Ready when the server has this process's heartbeat: only then are runs picked up."""
        state = await self._supervisor.readiness(WORKER)
        if not state.is_ready:
            return state
        started = (await self._supervisor.states())[WORKER].started
        try:
            known = await self._workers()
        except (UnreachableError, RemoteError) as error:
            return Readiness(Condition.IN_PROGRESS, f"{state.message}; {error}")
        heartbeats = [_heartbeat(each) for each in known if each["name"] == self._worker_name]
        if not any(moment >= started - self._clocks_apart for moment in heartbeats):
            return Readiness(Condition.IN_PROGRESS, f"{state.message}; no heartbeat yet")
        return Readiness(Condition.READY, f"worker on the pool {POOL}")

    @property
    def _clocks_apart(self) -> timedelta:
        return _CLOCKS_APART if self._existing else timedelta()

    @property
    def _worker_name(self) -> str:
        """On a server of many machines it says which one."""
        return f"{socket.gethostname()}-{self._run.name}" if self._existing else "ironclad"

    async def _workers(self) -> list[dict[str, Any]]:
        known: list[dict[str, Any]] = await self._api.ask(
            "POST", f"/work_pools/{POOL}/workers/filter", {}
        )
        return known

    async def _refuse_other_workers(self) -> None:
        lately = datetime.now(UTC) - _WORKER_FORGOTTEN_AFTER
        for each in await self._workers() if self._existing else ():
            if each["name"] != self._worker_name and _heartbeat(each) > lately:
                raise StateError(
                    f"the worker {each['name']} serves the pool {POOL} of {self.api_url}, so game"
                    " days could run on its machine; stop it there, or use a Prefect workspace of"
                    " this machine's own"
                )

    def last_words(self, name: str) -> str:
        return self._supervisor.last_words(name)

    async def is_up(self) -> bool:
        known = self._existing or self._known_port()
        return bool(known) and (await self.server_readiness()).is_ready

    async def stopped(self) -> tuple[str, ...]:
        """Say which part a signal keeps from answering, with the remedy."""
        return await self._supervisor.stopped()

    async def stop(self, *, delete_data: bool) -> None:
        """End running flows so that they undo, then the worker and the server."""
        await self._end_flows()
        await self._supervisor.stop_all(last=(SERVER,))
        self._access.remember({})
        for folder in (self._run, *([self._folder] if delete_data else [])):
            with explained("remove", folder):
                await asyncio.to_thread(_remove, folder)

    async def _prepare(self) -> None:
        make_run_folder(self._run)
        for folder in (self._folder, self._programs.home, self._programs.temporary):
            make_folder(folder)
        require_free_space(self._folder, _LEAST_FREE_BYTES)
        if not await self._supervisor.is_up():
            await self._supervisor.clear_away_remains()
        self._access.ensure_login()
        self._access.remember(self._existing)
        port = await asyncio.to_thread(self._settled_port)
        write_if_different(self._port_file, as_json({"port": port}))

    @property
    def _port_file(self) -> Path:
        return self._folder / "server.json"

    def _settled_port(self) -> int:
        for port in (self._known_port(), self._wanted_port):
            if port and self._is_usable(port):
                return port
        return free_port(seed=str(self._folder))

    def _is_usable(self, port: int) -> bool:
        return is_free(port) or is_ours(listeners().get(port), self._folder)

    def _known_port(self) -> int | None:
        try:
            return _PORT.validate_json(self._port_file.read_bytes()).get("port")
        except (OSError, ValidationError):
            return None

    def _server(self) -> Program:
        former = self._supervisor.environment_of(SERVER).get(DATABASE, "")
        return self._programs.server(
            own_url=self._own_url(),
            login=self._access.login,
            database=self._database or former,
        )

    def _worker(self) -> Program:
        return self._programs.worker(
            self._worker_name, self._environment, access=self.client_environment
        )

    @property
    def _api(self) -> PrefectApi:
        return PrefectApi(self.client_environment, by_proxy=self.is_existing)

    def _other_server(self, named: Mapping[str, str] | None) -> dict[str, str]:
        """What PREFECT_API_URL names may be our own server."""
        if named is None:
            return self._access.existing
        url = named.get(URL, "").rstrip("/").replace("//localhost:", "//127.0.0.1:")
        is_own = url == f"http://127.0.0.1:{self._known_port()}/api"
        return {} if is_own or not url else dict(named)

    async def _flows(self) -> list[psutil.Process]:
        worker = await self._supervisor.pid_of(WORKER)
        return await asyncio.to_thread(_children, worker) if worker else []

    async def _end_flows(self) -> None:
        """The worker would kill them without a chance to take back what they did."""
        flows = await self._flows()
        for flow in flows:
            with contextlib.suppress(psutil.NoSuchProcess):
                flow.terminate()
        patience = _FLOWS_UNDO_WITHIN.total_seconds()
        await asyncio.to_thread(psutil.wait_procs, flows, timeout=patience)


def _pages(api_url: str) -> str:
    """Prefect Cloud has them elsewhere."""
    if _CLOUD_API in api_url:
        return api_url.replace(_CLOUD_API, _CLOUD_PAGES).replace("/workspaces/", "/workspace/")
    return api_url.rstrip("/").removesuffix("/api")


def _heartbeat(worker: Mapping[str, Any]) -> datetime:
    return datetime.fromisoformat(worker["last_heartbeat_time"])


def _children(pid: int) -> list[psutil.Process]:
    try:
        return psutil.Process(pid).children(recursive=True)
    except psutil.Error:
        return []


def _remove(folder: Path) -> None:
    if folder.exists():
        shutil.rmtree(folder)
