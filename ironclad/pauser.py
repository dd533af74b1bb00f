"""Stops processes for a while, and lets them go on whatever becomes of those who asked for it.

Run by its path, `python -I -S pauser.py DEADLINE LEASE PID:START …`, so that it needs nothing but
an interpreter. The pause ends at the deadline (seconds of CLOCK_BOOTTIME, which never jumps and
goes on while the machine sleeps), when nothing came on the standard input for LEASE seconds, or
when that ends. It stops nobody before it is ready to let go.
"""

import contextlib
import os
import select
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_START = 19
"""Where a process's start (ticks since boot) stands in /proc/PID/stat, behind its name."""


def start_of(pid: int) -> str:
    """Tell one process from a later one with the same id. Raises ProcessLookupError."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError as error:
        raise ProcessLookupError(f"there is no process {pid}") from error
    return stat.rpartition(")")[2].split()[_START]


@contextmanager
def opened(process: str) -> Iterator[int]:
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
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, _leave)
    with contextlib.ExitStack() as stack:
        processes = [stack.enter_context(opened(each)) for each in sys.argv[3:]]
        for each in processes:
            stack.callback(_resume, each)
            signal.pidfd_send_signal(each, signal.SIGSTOP)
        os.write(1, b"paused\n")
        _wait(deadline, lease)


def _leave(*_: object) -> None:
    raise SystemExit(0)


def _resume(process: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        signal.pidfd_send_signal(process, signal.SIGCONT)


def _wait(deadline: float, lease: float) -> None:
    while (left := deadline - time.clock_gettime(time.CLOCK_BOOTTIME)) > 0:
        readable, _, _ = select.select([0], [], [], min(left, lease))
        if not readable or not os.read(0, 1024):
            return


if __name__ == "__main__":
    main()
