"""Holds one change of the machine, and takes it back whatever becomes of its runner.

Run by its path, `python -I -S lease_holder.py DEADLINE LEASE VERB …`, so that it needs nothing but
an interpreter. `pause PID:START …` stops processes; `stop SOCKET PROGRAM` stops a program through
its supervisord. The change ends at the deadline, or when the standard input ends or is silent for
LEASE seconds. The deadline is in seconds of CLOCK_BOOTTIME, which never jumps and goes on while the
machine sleeps. It changes nothing before it is ready to take it back.
"""

import contextlib
import http.client
import os
import select
import signal
import socket
import sys
import time
import xmlrpc.client
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

_START = 19
"""Where a process's start (ticks since boot) stands in /proc/PID/stat, behind its name."""

_ANSWER_SECONDS = 5.0
_STARTS_WITHIN_SECONDS = 60.0
_POLL_SECONDS = 0.1
_RUNS = {"STARTING", "RUNNING"}


def start_of(pid: int) -> str:
    """Tell one process from a later one with the same id. Raises ProcessLookupError."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError as error:
        raise ProcessLookupError(f"there is no process {pid}") from error
    return stat.rpartition(")")[2].split()[_START]


@contextmanager
def process_descriptor(process: str) -> Iterator[int]:
    """Open `PID:START` for signals that can reach no other. Raises ProcessLookupError."""
    pid, _, start = process.partition(":")
    descriptor = os.pidfd_open(int(pid))
    try:
        if start_of(int(pid)) != start:
            raise ProcessLookupError(f"process {pid} is another one by now")
        yield descriptor
    finally:
        os.close(descriptor)


def main() -> None:
    deadline, lease = float(sys.argv[1]), float(sys.argv[2])
    verb, arguments = sys.argv[3], sys.argv[4:]
    _on_signals(_leave)
    with _VERBS[verb](*arguments):
        os.write(1, b"held\n")
        _wait(deadline, lease)
        _on_signals(signal.SIG_IGN)


def _on_signals(handler: Callable[..., None] | signal.Handlers) -> None:
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, handler)


def _leave(*_: object) -> None:
    """Once: a second signal must not interrupt what is being taken back."""
    _on_signals(signal.SIG_IGN)
    raise SystemExit(0)


@contextmanager
def _paused(*processes: str) -> Iterator[None]:
    with contextlib.ExitStack() as stack:
        descriptors = [stack.enter_context(process_descriptor(each)) for each in processes]
        for each in descriptors:
            stack.callback(_resume, each)
            signal.pidfd_send_signal(each, signal.SIGSTOP)
        yield


def _resume(process: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        signal.pidfd_send_signal(process, signal.SIGCONT)


@contextmanager
def _stopped(socket_path: str, program: str) -> Iterator[None]:
    try:
        _ask(socket_path, "stopProcess", program)
        yield
    finally:
        _start(socket_path, program)


def _start(socket_path: str, program: str) -> None:
    """Try until it runs. Without a supervisord there is nothing to do: its next start starts all.

    While the program still stops, it refuses to start it.
    """
    last = time.monotonic() + _STARTS_WITHIN_SECONDS
    while time.monotonic() < last:
        try:
            _ask(socket_path, "startProcess", program)
        except (FileNotFoundError, ConnectionRefusedError):
            return
        except (OSError, http.client.HTTPException, xmlrpc.client.Error):
            pass
        if _ask_state(socket_path, program) in _RUNS:
            return
        time.sleep(_POLL_SECONDS)


def _ask_state(socket_path: str, program: str) -> str:
    try:
        return str(_ask(socket_path, "getProcessInfo", program, waits=())["statename"])
    except (OSError, http.client.HTTPException, xmlrpc.client.Error):
        return ""


def _ask(socket_path: str, method: str, program: str, waits: tuple[bool, ...] = (False,)) -> Any:
    """Call supervisord without waiting for the program itself. A refusal is xmlrpc's Fault."""
    connection = http.client.HTTPConnection("localhost", timeout=_ANSWER_SECONDS)
    connection.sock = socket.socket(socket.AF_UNIX)
    with contextlib.closing(connection):
        connection.sock.settimeout(_ANSWER_SECONDS)
        connection.sock.connect(socket_path)
        body = xmlrpc.client.dumps((program, *waits), f"supervisor.{method}")
        connection.request("POST", "/RPC2", body, {"Content-Type": "text/xml"})
        (answer,), _ = xmlrpc.client.loads(connection.getresponse().read())
        return answer


_VERBS: dict[str, Callable[..., contextlib.AbstractContextManager[None]]] = {
    "pause": _paused,
    "stop": _stopped,
}


def _wait(deadline: float, lease: float) -> None:
    while (left := deadline - time.clock_gettime(time.CLOCK_BOOTTIME)) > 0:
        readable, _, _ = select.select([0], [], [], min(left, lease))
        if not readable or not os.read(0, 1024):
            return


if __name__ == "__main__":
    main()
