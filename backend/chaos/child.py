"""A stressor's process, on the lease of its fault. The kernel says what it uses."""

import contextlib
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
"""Where `backend` can be imported from."""
IS_POSSIBLE = sys.platform == "linux"
"""Its account is read from /proc."""

_TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK") if IS_POSSIBLE else 1
_USER, _SYSTEM = 11, 12
"""Places in /proc/…/stat, counted from behind the name."""


@dataclass(frozen=True, slots=True)
class Account:
    """What the kernel says of the process, by the last time it was asked while it lived.

    One that we ended ourselves counts as it was then: `is_alive` tells whether it lived until its
    end was wanted.
    """

    is_alive: bool
    cpu_seconds: float
    memory_bytes: int


class Child:
    def __init__(self, arguments: tuple[str, str], seconds: float) -> None:
        command = [sys.executable, "-S", "-E", "-m", "backend.burn", *arguments, f"{seconds:f}"]
        self._process = subprocess.Popen(  # noqa: S603
            [*command, str(os.getpid())],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        if self._process.stdin is not None:
            os.set_blocking(self._process.stdin.fileno(), False)
        self._last = Account(is_alive=True, cpu_seconds=0.0, memory_bytes=0)
        self._is_ended = False

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def is_gone(self) -> bool:
        return self._process.poll() is not None

    def renew(self, seconds: float) -> None:
        """One that has ended is not revived, and one that is stuck does not hold us up."""
        with contextlib.suppress(OSError):
            os.write(self._pipe(), f"{seconds:f}\n".encode())

    def end(self) -> None:
        self.account()
        self._is_ended = True
        with contextlib.suppress(OSError):
            self._process.kill()
        if self._process.stdin is not None:
            self._process.stdin.close()

    def account(self) -> Account:
        """Of one that has ended by itself: what it was last seen with."""
        last = self._last
        if self._is_ended:
            return last
        if self.is_gone:
            self._last = Account(False, last.cpu_seconds, last.memory_bytes)  # noqa: FBT003
        else:
            with contextlib.suppress(OSError, ValueError, IndexError):
                self._last = Account(True, _cpu_seconds(self.pid), _memory_bytes(self.pid))  # noqa: FBT003
        return self._last

    def _pipe(self) -> int:
        stdin = self._process.stdin
        if stdin is None or stdin.closed:
            raise BrokenPipeError
        return stdin.fileno()


def _cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[_USER]) + int(fields[_SYSTEM])) / _TICKS_PER_SECOND


def _memory_bytes(pid: int) -> int:
    """What it holds, be it in memory or swapped out."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    held = (line.split() for line in lines if line.startswith(("VmRSS:", "VmSwap:")))
    return sum(int(fields[1]) * 1024 for fields in held)
