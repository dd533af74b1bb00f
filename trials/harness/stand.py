"""What the trials run against: a stack and a Prefect server in one folder, by the command line."""

import asyncio
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from ironclad import wiring
from ironclad.adapters.local.options import LocalOptions
from ironclad.adapters.local.platform import LocalPlatform
from ironclad.adapters.prefect.server import FOLDER, PrefectServer
from ironclad.clock import SystemClock
from ironclad.domain.stack.stack import DEFAULT_STACK
from ironclad.errors import StateError
from ironclad.settings import PROJECT
from ironclad.waiting import until_ready
from trials.harness.prefect_api import PrefectApi

_BIN = Path(sys.executable).parent
_COMMAND_WITHIN_SECONDS = 600
_DOWN_TRIES = 6
_DOWN_AGAIN_SECONDS = 6.0
_PREFECT_BACK_WITHIN = timedelta(seconds=120)
_TOOLS = ("PROMETHEUS", "ALERTMANAGER")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass(frozen=True, slots=True, kw_only=True)
class Stand:
    """`tools` are settings that name binaries, so that nothing is fetched twice.

    `commands` is the folder of `ironclad` itself.
    """

    folder: Path
    tools: Mapping[str, str] = field(default_factory=dict)
    prefect_port: int = field(default_factory=free_port)
    reports: Path
    commands: Path = _BIN

    @property
    def state(self) -> Path:
        return self.folder / "state"

    @property
    def stack_folder(self) -> Path:
        return self.state / DEFAULT_STACK

    @property
    def prefect_folder(self) -> Path:
        return self.state / FOLDER

    @property
    def said(self) -> Path:
        """The folder for what each trial's command said."""
        return self.folder / "said"

    @property
    def experiments(self) -> Path:
        return self.folder / "experiments"

    @property
    def environment(self) -> dict[str, str]:
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(self.folder / "home"),
            "PYTHONPATH": str(PROJECT),
            **self.tools,
            "IRONCLAD_STATE": str(self.state),
            "IRONCLAD_REPORTS": str(self.reports),
            "IRONCLAD_PREFECT_PORT": str(self.prefect_port),
            "IRONCLAD_PREFECT_PROFILE": str(self.folder / "prefect.toml"),
        }

    @property
    def api_url(self) -> str:
        return f"http://127.0.0.1:{self.prefect_port}/api"

    @property
    def prefect(self) -> PrefectApi:
        login = (self.prefect_folder / "login").read_text("ascii").strip()
        return PrefectApi(self.api_url, login)

    @property
    def platform(self) -> LocalPlatform:
        return LocalPlatform(LocalOptions(root=self.state, stack=DEFAULT_STACK))

    def prepare(self) -> None:
        for path in (self.said, self.experiments, self.folder / "home", self.reports):
            path.mkdir(parents=True, exist_ok=True)

    async def up(self) -> None:
        """Bring everything up; raises what the command said when it cannot."""
        await self._demanded(str(self.commands / "ironclad"), "up")
        await self._demanded(str(self.commands / "ironclad"), "prefect", "up")

    async def down(self) -> None:
        """Try until a lock that a killed runner held has lapsed; raises what keeps it up."""
        for _ in range(_DOWN_TRIES):
            done = await self._ran(
                str(self.commands / "ironclad"), "down", "--all", "--delete-data"
            )
            if not done.returncode:
                shutil.rmtree(self.folder, ignore_errors=True)
                return
            await asyncio.sleep(_DOWN_AGAIN_SECONDS)
        raise StateError(f"{self.folder} stays up: {done.stderr.strip()[-500:]}")

    async def ironclad(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        return await self._ran(str(self.commands / "ironclad"), *arguments)

    def start(self, name: str, *arguments: str) -> "subprocess.Popen[bytes]":
        """Start a command in a session of its own, as a terminal does."""
        with (self.said / f"{name}.log").open("ab") as said:
            return subprocess.Popen(  # noqa: S603 - our own command
                [str(self.commands / "ironclad"), *arguments],
                cwd=PROJECT,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=said,
                start_new_session=True,
            )

    async def prefect_is_back(self) -> None:
        """Wait until server and worker answer again; raises WaitTimeoutError when they do not."""
        prefect = PrefectServer(self.state, project=PROJECT, port=self.prefect_port)
        for what, ask in (
            ("the Prefect server", prefect.server_readiness),
            ("the Prefect worker", prefect.worker_readiness),
        ):
            await until_ready(what, ask, deadline=_PREFECT_BACK_WITHIN, clock=SystemClock())

    async def _ran(self, *command: str) -> "subprocess.CompletedProcess[str]":
        """In a session of its own: a Ctrl-C for the trials must not end what takes them down."""
        process = await asyncio.create_subprocess_exec(
            *command,
            cwd=PROJECT,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        try:
            said = await asyncio.wait_for(process.communicate(), _COMMAND_WITHIN_SECONDS)
        except BaseException:
            process.terminate()
            await process.wait()
            raise
        out, err = (text.decode(errors="replace") for text in said)
        return subprocess.CompletedProcess(command, process.returncode or 0, out, err)

    async def _demanded(self, *command: str) -> None:
        done = await self._ran(*command)
        if done.returncode:
            raise StateError(f"`{' '.join(command)}` failed: {done.stderr.strip()[-2000:]}")


async def made() -> Stand:
    """Make a folder that the database's own user can reach, with tools that are there already."""
    found = await wiring.fetch_tools()
    tools = {f"IRONCLAD_{name}": str(tool.path) for name, tool in zip(_TOOLS, found, strict=True)}
    folder = _open_folder()
    stand = Stand(folder=folder, tools=tools, reports=folder / "reports")
    stand.prepare()
    return stand


def _open_folder() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="ironclad-trials-"))
    folder.chmod(0o755)
    return folder
