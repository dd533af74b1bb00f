"""The machine's own Prefect server and worker, kept up by a supervisor of their own.

Prefect runs as a child and is never imported here.
"""

import asyncio
import contextlib
import shutil
import sys
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import psutil
from pydantic import TypeAdapter, ValidationError

from ironclad.adapters._files import as_json, demand_room, make_folder, told, write_if_different
from ironclad.adapters._free_ports import free_port
from ironclad.adapters._processes import is_free, is_ours, listeners
from ironclad.adapters._run_folder import make_run_folder, run_folder
from ironclad.adapters.program import Program
from ironclad.adapters.supervision import Supervisor
from ironclad.domain.readiness import Condition, Readiness
from ironclad.errors import RemoteError, StateError, UnreachableError

SERVER = "prefect-server"
WORKER = "prefect-worker"
POOL = "local-process"
FOLDER = "_prefect"

_ANSWER_SECONDS = 5.0
_FLOWS_UNDO_WITHIN = timedelta(seconds=30)
_PORT = TypeAdapter(dict[str, int])
_LEAST_ROOM_BYTES = 200_000_000
"""A server on a full disk does not say so: it comes up and dies, again and again."""

_OFFLINE = {
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "DO_NOT_TRACK": "1",
    "PREFECT_SERVER_UI_SHOW_PROMOTIONAL_CONTENT": "false",
    # The newer pages ask an analytics vendor's host from the viewer's browser.
    "PREFECT_SERVER_UI_V2_ENABLED": "false",
}

_FRUGAL = {
    # To find out whether its list of block types changed, the server imports every integration,
    # and the one for Kubernetes weighs 70 MB.
    "PREFECT_SERVER_MEMOIZE_BLOCK_AUTO_REGISTRATION": "false",
    "MALLOC_ARENA_MAX": "1",
    "MALLOC_TRIM_THRESHOLD_": "65536",
}


class PrefectServer:
    """One for all stacks of a state root.

    `port` is taken if it is free, else another one, which is then remembered. `environment` is what
    flows need of the caller's, such as HOME. It names no cluster: that belongs to the stack.
    """

    def __init__(
        self,
        root: Path,
        *,
        project: Path,
        port: int = 4200,
        environment: Mapping[str, str] | None = None,
        sockets: Path = Path("/tmp"),  # noqa: S108 - the run folder in it is checked to be ours
    ) -> None:
        self._folder = root.absolute() / FOLDER
        self._project = project
        self._wanted_port = port
        self._environment = dict(environment or {})
        self._run = run_folder(sockets, self._folder)
        self._supervisor = Supervisor(self._folder, self._run)

    @property
    def url(self) -> str:
        """Where its pages are. Raises StateError before the first start."""
        port = self._known_port()
        if port is None:
            raise StateError(
                "no Prefect server was started here yet; start it with `ironclad prefect up`"
            )
        return f"http://127.0.0.1:{port}"

    @property
    def api_url(self) -> str:
        return f"{self.url}/api"

    @property
    def client_environment(self) -> dict[str, str]:
        """For Prefect's own code in other processes, which else makes a folder in the HOME."""
        return {"PREFECT_API_URL": self.api_url, "PREFECT_HOME": str(self._home)}

    async def ensure_server(self) -> tuple[str, ...]:
        """Start it if need be; `server_readiness` tells when it answers, 8 to 45 s later."""
        await self._prepare()
        return await self._supervisor.ensure([self._server()])

    async def ensure_worker(self) -> tuple[str, ...]:
        """Start the worker if need be, once the server answers: it gives up without one.

        A worker that has flows running is left as it is: a new definition would kill them.
        """
        if await self._flows():
            return ()
        return await self._supervisor.ensure([self._server(), self._worker()])

    async def server_readiness(self) -> Readiness:
        state = await self._supervisor.readiness(SERVER)
        if not state.is_ready:
            return state
        try:
            await self._ask("GET", "/health")
        except (UnreachableError, RemoteError) as error:
            return Readiness(Condition.IN_PROGRESS, f"{state.message}; {error}")
        return Readiness(Condition.READY, f"Prefect server at {self.url}")

    async def worker_readiness(self) -> Readiness:
        """Ready when the server has heard of this very process: only then are runs picked up."""
        state = await self._supervisor.readiness(WORKER)
        if not state.is_ready:
            return state
        started = (await self._supervisor.states())[WORKER].started
        try:
            known = await self._ask("POST", f"/work_pools/{POOL}/workers/filter")
        except (UnreachableError, RemoteError) as error:
            return Readiness(Condition.IN_PROGRESS, f"{state.message}; {error}")
        heard = [datetime.fromisoformat(each["last_heartbeat_time"]) for each in known]
        if not any(moment >= started for moment in heard):
            return Readiness(Condition.IN_PROGRESS, f"{state.message}; not heard of yet")
        return Readiness(Condition.READY, f"worker on the pool {POOL}")

    def last_words(self, name: str) -> str:
        return self._supervisor.last_words(name)

    async def is_up(self) -> bool:
        return self._known_port() is not None and (await self.server_readiness()).is_ready

    async def stop(self, *, delete_data: bool) -> None:
        """End running flows so that they undo, then the worker and the server."""
        await self._end_flows()
        await self._supervisor.stop_all(last=(SERVER,))
        for folder in (self._run, *([self._folder] if delete_data else [])):
            with told("remove", folder):
                await asyncio.to_thread(_remove, folder)

    async def _prepare(self) -> None:
        make_run_folder(self._run)
        for folder in (self._folder, self._home, self._temporary):
            make_folder(folder)
        demand_room(self._folder, _LEAST_ROOM_BYTES)
        if not await self._supervisor.is_up():
            await self._supervisor.clear_away_remains()
        port = await asyncio.to_thread(self._settled_port)
        write_if_different(self._port_file, as_json({"port": port}))

    @property
    def _home(self) -> Path:
        return self._folder / "home"

    @property
    def _temporary(self) -> Path:
        return self._folder / "tmp"

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

    def _common(self) -> dict[str, str]:
        return _OFFLINE | {"PREFECT_HOME": str(self._home)}

    def _server(self) -> Program:
        port = self.url.rpartition(":")[2]
        command = ("-m", "prefect", "server", "start", "--host", "127.0.0.1", "--port", port)
        return Program(
            name=SERVER,
            argv=(sys.executable, *command),
            folder=self._folder,
            environment=self._common()
            | _FRUGAL
            | {
                "PREFECT_SERVER_UI_API_URL": self.api_url,
                "PREFECT_SERVER_LOGGING_LEVEL": "WARNING",
            },
            stop_within=timedelta(seconds=15),
        )

    def _worker(self) -> Program:
        command = ("-m", "prefect", "worker", "start", "--pool", POOL, "--type", "process")
        return Program(
            name=WORKER,
            argv=(sys.executable, *command, "--name", "ironclad", "--install-policy", "never"),
            folder=self._project,
            environment=self._environment
            | self._common()
            | {
                "TMPDIR": str(self._temporary),  # else a folder in /tmp that users cannot share
                "PREFECT_API_URL": self.api_url,
                "PREFECT_FLOWS_HEARTBEAT_FREQUENCY": "30",
                "PREFECT_WORKER_QUERY_SECONDS": "3",
                "PYTHONPATH": str(self._project),
                "IRONCLAD_STATE": str(self._folder.parent),
                "MALLOC_ARENA_MAX": "1",
            },
            stop_within=timedelta(seconds=20),
        )

    async def _ask(self, method: str, path: str) -> Any:
        """Raises UnreachableError or RemoteError with a few words."""
        try:
            async with httpx.AsyncClient(timeout=_ANSWER_SECONDS, trust_env=False) as client:
                response = await client.request(method, self.api_url + path)
        except httpx.ConnectError as error:
            raise UnreachableError("connection refused") from error
        except httpx.HTTPError as error:
            raise UnreachableError(f"no answer ({type(error).__name__})") from error
        if not response.is_success:
            raise RemoteError(f"HTTP {response.status_code} from {path}")
        return response.json()

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


def _children(pid: int) -> list[psutil.Process]:
    try:
        return psutil.Process(pid).children(recursive=True)
    except psutil.Error:
        return []


def _remove(folder: Path) -> None:
    if folder.exists():
        shutil.rmtree(folder)
