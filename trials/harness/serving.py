"""Services as processes of their own, for as long as a block lasts."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import httpx
import psutil

from tests.backend.postgres_server import free_port

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 20
STOP_SECONDS = 10
NOT_YET = 503
KEPT = ("PATH", "TMPDIR")


@dataclass(frozen=True, slots=True)
class Service:
    url: str
    process: psutil.Process

    @property
    def memory_mib(self) -> float:
        """Proportional set size: what is shared counts once, among those who share it."""
        return float(self.process.memory_full_info().pss) / 2**20


@contextmanager
def app(
    name: str, env: Mapping[str, str] | None = None, *, profile: Path | None = None
) -> Iterator[Service]:
    """Serve a factory of `trials.bench.apps`, such as `bare:metrics`."""
    port = free_port()
    command = [sys.executable, "-m", "trials.bench.apps", name, str(port)]
    command += [str(profile)] if profile else []
    with service(command, env or {}, f"http://127.0.0.1:{port}") as served:
        yield served


@contextmanager
def backend(env: Mapping[str, str]) -> Iterator[Service]:
    """Serve our own service as it runs for real, its log thrown away."""
    port = free_port()
    own = {"BACKEND_PORT": str(port), "BACKEND_REPLICA": "bench", "BACKEND_LOG_FILE": "/dev/null"}
    command = [sys.executable, "-m", "backend"]
    with service(command, {**own, **env}, f"http://127.0.0.1:{port}") as served:
        yield served


@contextmanager
def service(command: Sequence[str], env: Mapping[str, str], url: str) -> Iterator[Service]:
    """Run anything that serves, and wait until it does."""
    with process(command, env) as started:
        yield _alive(url, started)


@contextmanager
def process(command: Sequence[str], env: Mapping[str, str]) -> Iterator["subprocess.Popen[bytes]"]:
    """Run it with nothing of the caller's environment but the paths; SIGTERM at the end."""
    kept = {key: os.environ[key] for key in KEPT if key in os.environ}
    with tempfile.TemporaryDirectory(prefix="bench-home-") as home, said().open("wb") as errors:
        started = subprocess.Popen(  # noqa: S603 - our own command lines
            list(command),
            cwd=ROOT,
            env={**kept, "HOME": home, **env},
            stdout=subprocess.DEVNULL,
            stderr=errors,
        )
        try:
            yield started
        finally:
            _end(started)


def said() -> Path:
    """Where the service that was started last says what it has to say."""
    return Path(tempfile.gettempdir()) / f"ironclad-bench-{os.getpid()}.log"


def _end(started: "subprocess.Popen[bytes]") -> None:
    started.terminate()
    with suppress(subprocess.TimeoutExpired):
        started.wait(STOP_SECONDS)
    started.kill()
    started.wait()


def _alive(url: str, started: "subprocess.Popen[bytes]") -> Service:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and started.poll() is None:
        with suppress(httpx.TransportError):
            if httpx.get(url, trust_env=False, timeout=START_SECONDS).status_code != NOT_YET:
                return Service(url, psutil.Process(started.pid))
        time.sleep(0.02)
    last = said().read_text(errors="replace").strip().splitlines()[-1:]
    raise RuntimeError(f"{url} did not come up: {' '.join(last)}")
