"""The files of one supervisor: a definition for each program, and supervisord's own configuration.

The definitions are the truth; the configuration is made of them and holds nothing that would need
quoting but paths.
"""

import hashlib
import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ironclad.adapters.files.atomic import as_json, make_folder, remove_file, write_if_different
from ironclad.adapters.programs.processes import MARK
from ironclad.adapters.programs.program import Program
from ironclad.errors import StateError
from ironclad.processes import child

_NEEDED = {"stop_signal", "stop_within_seconds", "start_retries"}
_SOCKET_PATH_LIMIT = 107

_CONFIGURATION = """\
[supervisord]
logfile={logs}/supervisord.log
logfile_maxbytes=1MB
logfile_backups=1
pidfile={pid_file}
childlogdir={logs}
umask=077
{user}
[unix_http_server]
file={socket}
chmod=0700

[rpcinterface:supervisor]
supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface
"""

_PROGRAM = """
[program:{name}]
command={command}
autorestart=true
startsecs=1
startretries={retries}
stopsignal={stop_signal}
stopwaitsecs={stop_within:.0f}
killasgroup=true
redirect_stderr=true
stdout_logfile={log}
stdout_logfile_maxbytes=5MB
stdout_logfile_backups=1
"""


@dataclass(frozen=True, slots=True)
class SupervisorFiles:
    """Where they are. The run folder is a short path: a socket's may not exceed 107 bytes."""

    folder: Path
    run: Path

    @property
    def programs(self) -> Path:
        return self.folder / "programs"

    @property
    def logs(self) -> Path:
        return self.folder / "logs"

    @property
    def configuration(self) -> Path:
        return self.folder / "supervisord.conf"

    @property
    def pid_file(self) -> Path:
        return self.folder / "supervisord.pid"

    @property
    def socket(self) -> Path:
        return self.run / "supervisor.sock"

    def log(self, name: str) -> Path:
        return self.logs / f"{name}.log"

    def prepare(self) -> None:
        if len(bytes(self.socket)) > _SOCKET_PATH_LIMIT:
            raise StateError(f"the path of the socket {self.socket} is too long for the system")
        for folder in (self.programs, self.logs):
            make_folder(folder)

    def write(self, program: Program) -> bool:
        """Say whether the definition changed."""
        return write_if_different(self._definition_file(program.name), self._definition(program))

    def forget(self, name: str) -> None:
        remove_file(self._definition_file(name))

    def is_written(self, program: Program) -> bool:
        try:
            content = self._definition_file(program.name).read_bytes()
        except OSError:
            return False
        return content == self._definition(program)

    def environment_of(self, name: str) -> dict[str, str]:
        """Give what the definition that is there hands over; nothing if there is none."""
        _, found = _readable(self._definition_file(name))
        return dict(found.get("environment", {}))

    def write_configuration(self) -> bool:
        parts = [_readable(path) for path in sorted(self.programs.glob("*.json"))]
        programs = [self._section(path, found) for path, found in parts if found]
        return write_if_different(self.configuration, "".join([self._head(), *programs]).encode())

    def _definition_file(self, name: str) -> Path:
        return self.programs / f"{name}.json"

    def _definition(self, program: Program) -> bytes:
        return as_json(
            {
                "argv": program.argv,
                "folder": program.folder,
                "environment": self.base_environment() | dict(program.environment),
                "inputs": program.inputs,
                "user": program.user,
                "stop_signal": program.stop_signal,
                "stop_within_seconds": program.stop_within.total_seconds(),
                "death_signal": program.death_signal,
                "start_retries": program.start_retries,
                "supervisor_pid_file": self.pid_file,
            }
        )

    def base_environment(self) -> dict[str, str]:
        """Nothing of the caller's: no secret, no PYTHONDONTWRITEBYTECODE, no proxy."""
        return {
            "PATH": "/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin",
            "HOME": str(self.folder),
            "LANG": "C.UTF-8",
            MARK: str(self.folder),
        }

    def _head(self) -> str:
        return _CONFIGURATION.format(
            logs=_plain(self.logs),
            pid_file=_plain(self.pid_file),
            socket=_plain(self.socket),
            user=_as_root_on_purpose(),
        )

    def _section(self, path: Path, found: dict[str, Any]) -> str:
        digest = hashlib.sha256(path.read_bytes()).hexdigest()[:16]
        command = (sys.executable, "-I", "-S", str(child.__file__), str(path), digest)
        return _PROGRAM.format(
            name=path.stem,
            command=" ".join(f'"{_plain(part)}"' for part in command),
            retries=found["start_retries"],
            stop_signal=found["stop_signal"],
            stop_within=found["stop_within_seconds"],
            log=_plain(self.log(path.stem)),
        )


def _readable(path: Path) -> tuple[Path, dict[str, Any]]:
    """A damaged definition is left out; it is written anew when its stage is applied."""
    try:
        found = json.loads(path.read_bytes())
        return path, found if set(found) >= _NEEDED else {}
    except (OSError, ValueError, TypeError):
        return path, {}


def _plain(path: object) -> str:
    text = str(path)
    if any(mark in text for mark in ('"', "\\", "%", "\n", " ;", " #")):
        raise StateError(
            f"the path {text!r} has a character that supervisord cannot take (a quote, a backslash,"
            " a per cent sign, a line break, ` ;` or ` #`); use another folder"
        )
    return text


def _as_root_on_purpose() -> str:
    """Said, so that supervisord does not warn of it at each start."""
    return "user=root\n" if os.geteuid() == 0 else ""
