"""Loops that keep every core busy, at the priority that everybody has, for a bounded time."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

PER_CORE = 2
_LOOP = """
import sys, time
end = time.monotonic() + float(sys.argv[1])
while time.monotonic() < end: pass
"""


@contextmanager
def busy_loops(within_seconds: float) -> Iterator[int]:
    """Give how many run; each ends by itself in time, and all end with the block."""
    count = PER_CORE * (os.cpu_count() or 1)
    command = (sys.executable, "-S", "-c", _LOOP, str(within_seconds))
    loops = [subprocess.Popen(command) for _ in range(count)]  # noqa: S603 - our own loop
    try:
        yield count
    finally:
        for loop in loops:
            loop.kill()
            loop.wait()
