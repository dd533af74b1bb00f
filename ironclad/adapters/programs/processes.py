"""Which processes are ours, which still live, and who holds a port."""

import os
import socket
from collections.abc import Iterator
from pathlib import Path

MARK = "IRONCLAD_SUPERVISED"
"""Environment variable of everything supervised; its value is the supervisor's folder."""


def is_alive(pid: int) -> bool:
    """A zombie still answers to a signal, but it runs no more."""
    return _state_and_parent(pid)[0] not in {"", "Z", "X"}


def is_stopped(pid: int) -> bool:
    """Whether a signal such as SIGSTOP keeps it from doing anything until SIGCONT."""
    return _state_and_parent(pid)[0] == "T"


def _state_and_parent(pid: int) -> tuple[str, int]:
    """Read the kernel's letter for what it does, empty where it is gone, and its parent."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return "", 0
    state, parent, *_ = stat.rpartition(")")[2].split()
    return state, int(parent)


def is_ours(pid: int | None, folder: Path) -> bool:
    return pid is not None and is_alive(pid) and _is_marked(Path(f"/proc/{pid}"), folder)


def ours(folder: Path) -> list[int]:
    """List the live processes that a supervisor of this folder started, itself included."""
    spared = set(_lineage(os.getpid()))
    return [pid for pid in _pids() if pid not in spared and is_ours(pid, folder)]


def _lineage(pid: int) -> Iterator[int]:
    """Give a process, its parent, and so on."""
    while pid:
        yield pid
        pid = _state_and_parent(pid)[1]


def _pids() -> Iterator[int]:
    return (int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdecimal())


def _is_marked(process: Path, folder: Path) -> bool:
    try:
        environment = (process / "environ").read_bytes().split(b"\0")
        return f"{MARK}={folder}".encode() in environment or _is_database_of(process, folder)
    except OSError:
        return False


def _is_database_of(process: Path, folder: Path) -> bool:
    """PostgreSQL's own children write their titles over their environment."""
    if (process / "comm").read_text().strip() != "postgres":
        return False
    return (process / "cwd").readlink().is_relative_to(folder)


def is_free(port: int) -> bool:
    """Try it the way a server would, so that a connection in TIME_WAIT does not count."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
            probe.listen(1)
        except OSError:
            return False
    return True


def listeners() -> dict[int, int | None]:
    """Give the process behind each listening port, None where that cannot be seen."""
    import psutil  # noqa: PLC0415 - slow, and seldom asked for

    try:
        connections = psutil.net_connections("tcp")
    except psutil.Error:
        return {}
    return {
        each.laddr.port: each.pid
        for each in connections
        if each.status == psutil.CONN_LISTEN and each.laddr
    }


def describe(pid: int | None) -> str:
    """Name a process as a person would look for it."""
    if pid is None:
        return "another program"
    try:
        name = Path(f"/proc/{pid}/comm").read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return f"process {pid}"
    return f"{name} (process {pid})"
