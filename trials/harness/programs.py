"""Finding processes: the supervised ones by their words, a flow and its load by their run."""

import contextlib
import os
import signal
from collections.abc import Iterable, Iterator
from pathlib import Path

import psutil

from ironclad.processes import lease_holder


def program(folder: Path, *words: str) -> psutil.Process | None:
    """Give the child of a folder's supervisor whose command line has all the words."""
    return next((each for each in programs(folder) if set(words) <= set(_words(each))), None)


def programs(folder: Path) -> list[psutil.Process]:
    """Give every child of a folder's supervisor; none where it is down."""
    try:
        return psutil.Process(int((folder / "supervisord.pid").read_text())).children()
    except (OSError, ValueError, psutil.Error):
        return []


def flow_processes(flow_run: str) -> list[psutil.Process]:
    """Give the processes of a flow run in a worker, its load generator apart."""
    wanted = f"PREFECT__FLOW_RUN_ID={flow_run}".encode()
    return [
        process
        for process in _all()
        if wanted in _environment(process) and "ironclad.load" not in _words(process)
    ]


def generators(state: Path) -> list[int]:
    """Give the process ids of load generators that write below this state folder."""
    return [process.pid for process in _all() if _is_generator(_words(process), state)]


def holders(pid: int) -> list[int]:
    """Give the children of a runner that hold a change of the machine."""
    try:
        children = psutil.Process(pid).children()
    except psutil.Error:
        return []
    return [each.pid for each in children if str(lease_holder.__file__) in _words(each)]


def is_alive(pid: int) -> bool:
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.Error:
        return False


def is_stopped(process: psutil.Process) -> bool:
    try:
        return bool(process.status() == psutil.STATUS_STOPPED)
    except psutil.Error:
        return False


def tree(process: psutil.Process) -> list[int]:
    """Give the process and whatever it started."""
    with contextlib.suppress(psutil.Error):
        return [process.pid, *(child.pid for child in process.children(recursive=True))]
    return [process.pid]


def send(number: signal.Signals, pids: Iterable[int]) -> None:
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)


def _is_generator(words: list[str], state: Path) -> bool:
    return "ironclad.load" in words and words[-1].startswith(str(state))


def _all() -> Iterator[psutil.Process]:
    return psutil.process_iter()


def _words(process: psutil.Process) -> list[str]:
    try:
        return list(process.cmdline())
    except psutil.Error:
        return []


def _environment(process: psutil.Process) -> list[bytes]:
    try:
        return Path(f"/proc/{process.pid}/environ").read_bytes().split(b"\0")
    except OSError:
        return []
