"""The whole product as a person has it: the command line, in a state root of its own."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import psutil

from tests.fakes.stack.terminal import Terminal
from tests.places import ROOT

BIN = Path(sys.executable).parent

QUICK = """\
apiVersion: ironclad/v1
kind: Experiment
metadata: {name: quick, owner: sre}
hypothesis: 20 % errors on one replica of three cost at most 0.1 % of the month.
objectives: [orders-availability, orders-latency]
load: {pacer: {constant: 200/s}, mix: {write: 0.2, read: 0.8}, timeout: 2s}
phases: {baseline: 6s, recovery: 20s, settle: 4s}
faults:
  - {id: errors, kind: error, at: 0s, for: 10s, target: {replicas: 1}, share: 0.2, status: 503}
expect:
  cost: {objective: orders-availability, at_most_ratio: 0.001}
  alerts: {must: [], must_not: [BackendDown]}
abort_when: [{error_ratio_over: 0.3, for: 5s}]
"""
"""The first experiment, short enough for a test and long enough to prove a recovery."""


_IN_BACKGROUND = ("/bin/sh", "-c", "trap '' INT; exec \"$@\"", "sh")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass(frozen=True)
class Product:
    """Runs `ironclad` and `prefect` as a person does, with settings of its own."""

    folder: Path
    tools: dict[str, str]
    prefect_port: int = field(default_factory=free_port)
    settings: dict[str, str] = field(default_factory=dict)
    """What more it has in its environment."""
    screens: dict[str, str] = field(default_factory=dict)
    """What stood on the terminal after a command that was run only once."""

    @property
    def environment(self) -> dict[str, str]:
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(self.home),
            **self.tools,
            "IRONCLAD_STATE": str(self.folder / "state"),
            "IRONCLAD_REPORTS": str(self.folder / "reports"),
            "IRONCLAD_PREFECT_PORT": str(self.prefect_port),
            "IRONCLAD_PREFECT_PROFILE": str(self.folder / "prefect.toml"),
            **self.settings,
        }

    @property
    def home(self) -> Path:
        folder = self.folder / "home"
        folder.mkdir(exist_ok=True)
        return folder

    @property
    def api_url(self) -> str:
        return f"http://127.0.0.1:{self.prefect_port}/api"

    @property
    def experiment(self) -> str:
        path = self.folder / "quick.yaml"
        path.write_text(QUICK)
        return str(path)

    @property
    def prefect_access(self) -> dict[str, str]:
        """What Prefect's own command needs to be let in."""
        return {"PREFECT_API_URL": self.api_url, "PREFECT_API_AUTH_STRING": self.login}

    @property
    def login(self) -> str:
        """What opens the Prefect server that Ironclad started."""
        return (self.folder / "state" / "_prefect" / "login").read_text().strip()

    def run(self, *arguments: str, command: str = "ironclad") -> "subprocess.CompletedProcess[str]":
        return subprocess.run(  # noqa: S603 - our own commands
            [str(BIN / command), *arguments],
            cwd=ROOT,
            env=self.environment | (self.prefect_access if command == "prefect" else {}),
            capture_output=True,
            text=True,
            timeout=480,
            check=False,
        )

    def terminal(
        self, *arguments: str, command: str = "ironclad", columns: int = 100, **environment: str
    ) -> Terminal:
        """Give a terminal that runs it, to be entered."""
        command_line = (str(BIN / command), *arguments)
        return Terminal(command_line, {**self.environment, **environment}, ROOT, columns=columns)

    def start(self, *arguments: str) -> "subprocess.Popen[str]":
        """Start `ironclad` as a shell's background job: in its own session, SIGINT ignored."""
        with self.said.open("w") as said:
            return subprocess.Popen(  # noqa: S603 - our own command
                [*_IN_BACKGROUND, str(BIN / "ironclad"), *arguments],
                cwd=ROOT,
                env=self.environment,
                stdout=said,
                stderr=said,
                text=True,
                start_new_session=True,
            )

    @property
    def said(self) -> Path:
        """What the command that was started last has said so far."""
        return self.folder / "said.log"

    def chaos(self) -> dict[str, list[str]]:
        """Which faults each replica reports right now."""
        document = json.loads(self.run("chaos", "status", "--json").stdout)
        return {
            replica["name"]: [fault["id"] for fault in replica["faults"]]
            for replica in document["replicas"]
        }

    def reports(self) -> list[dict[str, Any]]:
        """Every report, oldest first."""
        paths = sorted((self.folder / "reports").glob("2*/report.json"))
        return [json.loads(path.read_text()) for path in paths]

    def ask_prefect(self, path: str, body: dict[str, Any]) -> Any:
        user, _, password = self.login.partition(":")
        answer = httpx.post(f"{self.api_url}{path}", json=body, timeout=20, auth=(user, password))
        answer.raise_for_status()
        return answer.json()

    def processes(self) -> set[str]:
        """Name every live process of this state root with its id, database sessions apart."""
        mark = str(self.folder / "state")
        return {_name(process) for process in psutil.process_iter() if _belongs(process, mark)}


def _name(process: psutil.Process) -> str:
    try:
        return f"{process.pid} {' '.join(process.cmdline())[:120]}"
    except psutil.Error:
        return str(process.pid)


def _belongs(process: psutil.Process, mark: str) -> bool:
    try:
        if process.status() == psutil.STATUS_ZOMBIE:
            return False
        command_line = [*process.cmdline(), *process.environ().values()]
    except psutil.Error:
        return False
    return any(mark in text for text in command_line) and not command_line[0].startswith(
        "postgres: "
    )


def wait_until(condition: Callable[[], bool], seconds: float) -> float | None:
    """Give the seconds it took; None if it did not come true in time."""
    start = time.monotonic()
    while not condition():
        if time.monotonic() - start > seconds:
            return None
        time.sleep(0.1)
    return time.monotonic() - start


def interrupt(process: "subprocess.Popen[str]") -> None:
    """Ctrl-C in its terminal: the whole process group gets it."""
    os.killpg(process.pid, signal.SIGINT)
