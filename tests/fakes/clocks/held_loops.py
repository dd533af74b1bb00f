"""How long each callback holds its event loop, apart from waiting for a core of the machine.

The debug mode of `asyncio` measures the wall clock, and on a busy machine everything is slow by it.
The kernel counts for each thread how long it stood ready and got no core: that is taken off. What
is left is computing, and blocking: files, subprocesses, sleeping, waiting for a lock.

As a program it runs another module and writes what held its loops to a file:
`python -m tests.fakes.clocks.held_loops HELD.json ironclad.janitor --stack demo`.
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
from types import FrameType
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


class _Sampler:
    """Looks from another thread at where a callback is, as soon as it takes long."""

    def __init__(self) -> None:
        self._running: tuple[int, float] | None = None
        self._where = ""
        self._over = threading.Event()
        threading.Thread(target=self._look, daemon=True).start()

    def begin(self, at: float) -> None:
        self._where, self._running = "", (threading.get_ident(), at)

    def end(self) -> str:
        self._running = None
        return self._where

    def stop(self) -> None:
        self._over.set()

    def _look(self) -> None:
        while not self._over.wait(_NOTED_SECONDS / 2):
            if (running := self._running) and time.perf_counter() - running[1] > _NOTED_SECONDS:
                frame = sys._current_frames().get(running[0])  # noqa: SLF001
                self._where = " < ".join(_places(frame))


def _places(frame: FrameType | None) -> Iterator[str]:
    """Name the innermost places first, down to the loop."""
    while frame is not None and not frame.f_code.co_filename.endswith("asyncio/events.py"):
        path = Path(frame.f_code.co_filename)
        yield f"{path.parent.name}/{path.name}:{frame.f_lineno}"
        frame = frame.f_back


@contextmanager
def held_loops(least_seconds: float = LIMIT_SECONDS) -> Iterator[list[Held]]:
    """Give what held any loop of this process for that long, while the block lasts."""
    found: list[Held] = []
    waits, sampler, run = _Waits(), _Sampler(), asyncio.events.Handle._run  # noqa: SLF001

    def timed(handle: Any) -> None:
        began, waited = time.perf_counter(), waits.seconds()
        sampler.begin(began)
        try:
            run(handle)
        finally:
            where = sampler.end()
            took = time.perf_counter() - began - (waits.seconds() - waited)
            if took >= least_seconds:
                found.append(Held(round(took, 3), f"{handle!r} at {where or 'places not seen'}"))

    asyncio.events.Handle._run = timed  # type: ignore[assignment,method-assign]  # noqa: SLF001
    try:
        yield found
    finally:
        asyncio.events.Handle._run = run  # type: ignore[method-assign]  # noqa: SLF001
        sampler.stop()


def _main() -> None:
    report, module = Path(sys.argv[1]), sys.argv[2]
    sys.argv = sys.argv[2:]
    with held_loops(_NOTED_SECONDS) as found:
        atexit.register(lambda: report.write_text(json.dumps([asdict(each) for each in found])))
        runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    _main()
