"""`python -m backend` as a process of its own, the way it runs for real."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx
import orjson

from tests.backend.postgres_server import free_port
from tests.places import ROOT

TOKEN = "a-chaos-token-for-tests"
START_SECONDS = 20


def environment(database_url: str, **more: str) -> dict[str, str]:
    """Without anything that the developer's own environment might set."""
    kept = {key: os.environ[key] for key in ("PATH", "HOME", "TMPDIR") if key in os.environ}
    return {**kept, "BACKEND_DATABASE_URL": database_url, **more}


def run_module(
    module: str, env: dict[str, str], *arguments: str, seconds: float = 30
) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", module, *arguments]
    return subprocess.run(  # noqa: S603
        command, cwd=ROOT, env=env, timeout=seconds, capture_output=True, text=True, check=False
    )


def migrate(database_url: str) -> None:
    done = run_module("backend.migrate", environment(database_url))
    assert done.returncode == 0, done.stderr


@dataclass
class Replica:
    """Starts on entering, is killed on leaving if it is still there."""

    database_url: str
    settings: dict[str, str] = field(default_factory=dict)
    name: str = "replica-1"
    port: int = field(default_factory=free_port)
    module: str = "backend"
    words: tuple[str, ...] = ()

    def __enter__(self) -> Self:
        self._folder = tempfile.TemporaryDirectory(prefix="replica-")
        folder = Path(self._folder.name)
        (folder / "token").write_text(TOKEN)
        self._log = folder / 'a "log" that\'s in pieces'
        self._errors = (folder / "stderr").open("w+b")
        self.process = subprocess.Popen(  # noqa: S603 - a module of ours
            [sys.executable, "-m", self.module, *self.words],
            cwd=ROOT,
            env=self._environment(folder),
            stdout=self._errors,
            stderr=self._errors,
        )
        self.client = httpx.Client(base_url=self.url, timeout=10, trust_env=False)
        self._wait_until_alive()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.client.close()
        self.process.kill()
        self.process.wait()
        self._errors.close()
        self._folder.cleanup()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def control(self, method: str, path: str, **more: Any) -> httpx.Response:
        headers = {"X-Chaos-Token": TOKEN, **more.pop("headers", {})}
        return self.client.request(method, f"/api/chaos{path}", headers=headers, **more)

    def arm(self, fault_id: str, kind: str, **parameters: object) -> httpx.Response:
        body = {"kind": kind, "lease_seconds": 60, **parameters}
        return self.control("PUT", f"/faults/{fault_id}", json=body)

    def metric(self, series: str) -> float | None:
        """`name{label="value",…}` as it stands in the exposition, or None if it is not there."""
        for line in self.client.get("/metrics").text.splitlines():
            if line.startswith(f"{series} "):
                return float(line.rpartition(" ")[2])
        return None

    def wait_for(self, condition: Callable[[], bool], seconds: float = 10) -> None:
        deadline = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < deadline, "It did not come to be."
            time.sleep(0.01)

    def log_lines(self) -> list[dict[str, Any]]:
        return [orjson.loads(line) for line in self._log.read_bytes().splitlines()]

    def leave(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(30)

    def _environment(self, folder: Path) -> dict[str, str]:
        own = {
            "BACKEND_PORT": str(self.port),
            "BACKEND_REPLICA": self.name,
            "BACKEND_CHAOS_TOKEN_FILE": str(folder / "token"),
            "BACKEND_LOG_FILE": str(self._log),
            "BACKEND_DRAIN_SECONDS": "0.2",
        }
        return environment(self.database_url, **{**own, **self.settings})

    def _wait_until_alive(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                self.client.get("/healthz")
            except httpx.ConnectError:
                time.sleep(0.02)
            else:
                return
        self._errors.seek(0)
        raise AssertionError(f"The replica did not start: {self._errors.read().decode()}")
