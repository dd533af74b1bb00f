"""How long each callback holds its event loop, apart from waiting for a core of the machine.

`asyncio`'s own debug mode measures the wall clock, and on a busy machine everything is slow by it.
The kernel counts for each thread how long it stood ready and got no core: that is taken off. What is
left is computing, and blocking: files, subprocesses, sleeping, waiting for a lock.

As a program it runs another module and writes what held its loops to a file:
`python -m tests.fakes.held_loops HELD.json ironclad.janitor --stack demo`.
"""

import asyncio.events
import atexit
import json
import os
import runpy
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

LIMIT_SECONDS = 0.1
_NOTED_SECONDS = 0.02


@dataclass(frozen=True, slots=True)
class Held:
    seconds: float
    what: str


class _Waits:
    """How long this thread has waited for a core, by `/proc/thread-self/schedstat`."""

    def __init__(self) -> None:
        self._file = threading.local()

    def seconds(self) -> float:
        if not hasattr(self._file, "number"):
            self._file.number = os.open("/proc/thread-self/schedstat", os.O_RDONLY)
        with suppress(OSError, ValueError, IndexError):
            return int(os.pread(self._file.number, 100, 0).split()[1]) / 1e9
        return 0.0


@contextmanager
def held_loops(least_seconds: float = LIMIT_SECONDS) -> Iterator[list[Held]]:
    """Give what held any loop of this process for that long, while the block lasts."""
    found: list[Held] = []
    waits, run = _Waits(), asyncio.events.Handle._run  # noqa: SLF001

    def timed(handle: Any) -> None:
        began, waited = time.perf_counter(), waits.seconds()
        try:
            run(handle)
        finally:
            took = time.perf_counter() - began - (waits.seconds() - waited)
            if took >= least_seconds:
                found.append(Held(round(took, 3), repr(handle)))

    asyncio.events.Handle._run = timed  # type: ignore[method-assign]  # noqa: SLF001
    try:
        yield found
    finally:
        asyncio.events.Handle._run = run  # type: ignore[method-assign]  # noqa: SLF001


def _main() -> None:
    report, module = Path(sys.argv[1]), sys.argv[2]
    sys.argv = sys.argv[2:]
    with held_loops(_NOTED_SECONDS) as found:
        atexit.register(lambda: report.write_text(json.dumps([asdict(each) for each in found])))
        runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    _main()
