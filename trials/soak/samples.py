"""How much of everything there is, between two game days."""

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path

import psutil

from trials.harness import programs
from trials.harness.stand import Stand

MIB = 2**20
_QUIET_TABLES = ("alembic_version",)


def sample(stand: Stand) -> dict[str, float]:
    """Give every measure by its name, such as `memory of janitor (MiB)`."""
    found: dict[str, float] = {}
    for name, process in _programs(stand):
        for measure, value in _of_process(process).items():
            found[f"{measure} of {name}"] = found.get(f"{measure} of {name}", 0.0) + value
    found["rows in Prefect's database"] = float(_rows(stand.prefect_folder))
    found["MiB on disk, the stack's and Prefect's"] = _size(stand.state) / MIB
    return found


def _programs(stand: Stand) -> Iterator[tuple[str, psutil.Process]]:
    """Give each supervised program with whatever it started, under one name."""
    for folder in (stand.stack_folder, stand.prefect_folder):
        for program in programs.programs(folder):
            name = _name(program)
            for pid in programs.tree(program):
                try:
                    yield name, psutil.Process(pid)
                except psutil.Error:
                    continue


def _name(process: psutil.Process) -> str:
    """Replicas are counted together, as `backend`."""
    words = process.cmdline()
    known = ("janitor", "relay", "backend", "caddy", "alertmanager", "prometheus", "postgres")
    text = " ".join(words)
    if "prefect" in text and ("server" in words or "worker" in words):
        return "Prefect's server" if "server" in words else "Prefect's worker"
    return next((name for name in known if name in text), words[0] if words else "?")


def _of_process(process: psutil.Process) -> Mapping[str, float]:
    try:
        with process.oneshot():
            return {
                "memory": process.memory_full_info().pss / MIB,
                "open files": float(process.num_fds()),
                "connections": float(len(process.net_connections(kind="inet"))),
            }
    except psutil.Error:
        return {}


def _rows(folder: Path) -> int:
    """Count them in every table; 0 without a database."""
    total = 0
    for path in folder.rglob("prefect.db"):
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=10)) as database:
            names = database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
            for (name,) in names.fetchall():
                if name not in _QUIET_TABLES:
                    query = f'SELECT count(*) FROM "{name}"'  # noqa: S608 - its own names
                    total += int(database.execute(query).fetchone()[0])
    return total


def _size(folder: Path) -> float:
    total = 0
    for path in folder.rglob("*"):
        try:
            total += path.stat().st_size if path.is_file() else 0
        except OSError:
            continue
    return float(total)
