"""The load generator as a child process that lives only as long as its lease is renewed.

No parent-death signal is needed: the child stops when its input ends or falls silent. Unlike a
kill, that leaves its ledger whole.
"""

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import ironclad
from ironclad.adapters.load.ledger_file import read_ledger
from ironclad.domain.load.load import LoadOrder, LoadResult, LoadSecond
from ironclad.domain.load.result import Account, result
from ironclad.domain.load.wire_format import Closing, line_from_json, order_to_json
from ironclad.errors import UnreachableError

_START_SECONDS = 15.0
_STOP_SECONDS = 5.0
_ROOT = Path(ironclad.__file__).resolve().parents[1]


class LoadProcessHandle:
    """What a running generator has reported so far."""

    def __init__(self, process: asyncio.subprocess.Process, order: LoadOrder, ledger: Path) -> None:
        self._process, self._order, self._ledger = process, order, ledger
        self._seconds: list[LoadSecond] = []
        self._started_at: float | None = None
        self._closing: Closing | None = None
        self._garbage = ""
        self._started = asyncio.Event()
        self._reader = asyncio.create_task(self._read())

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def started_at(self) -> float:
        """When the first request was due, in seconds since the epoch; 0 before it began."""
        return self._started_at or 0.0

    @property
    def closing(self) -> Closing | None:
        """What it said last of all; None before, and of one that died."""
        return self._closing

    async def start(self) -> None:
        """Hand over the order; raises UnreachableError, with its last words, if it never begins."""
        await self._write(order_to_json(self._order))
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._started.wait(), _START_SECONDS)
        if self._started_at is None:
            await self._end(patience_seconds=0)
            raise UnreachableError(f"the load generator did not start: {self._last_words()}")

    async def renew(self) -> None:
        await self._write("")

    def seconds(self) -> tuple[LoadSecond, ...]:
        return tuple(self._seconds)

    async def finished(self) -> LoadResult:
        """Wait for the whole duration at most, and for the last answers; then it is killed."""
        await self._end(self._longest_seconds())
        return await asyncio.to_thread(self._result)

    def _result(self) -> LoadResult:
        attempts, unreadable = read_ledger(self._ledger)
        account = Account(
            started_at=self._started_at,
            closing=self._closing,
            seconds=self.seconds(),
            garbage=self._garbage,
            unreadable_rows=unreadable,
            last_words=self._last_words(),
        )
        return result(self._order, attempts, account)

    async def stop(self) -> None:
        """Ask it to stop and wait for what is in flight; kill it if it will not."""
        self._signal(signal.SIGTERM)
        await self._end(self._order.load.timeout.total_seconds() + _STOP_SECONDS)

    async def _write(self, line: str) -> None:
        """Write without blocking: a child that reads nothing must not hang its parent."""
        if self._process.stdin is not None and not self._process.stdin.is_closing():
            self._process.stdin.write(f"{line}\n".encode())

    async def _read(self) -> None:
        stdout = self._process.stdout
        try:
            while stdout is not None and (line := await stdout.readline()):
                self._read_line(line.decode(errors="replace"))
        except ValueError:
            self._garbage = "a line without an end"
        finally:
            self._started.set()

    def _read_line(self, line: str) -> None:
        try:
            said = line_from_json(line)
        except (ValueError, KeyError, TypeError):
            self._garbage = self._garbage or line[:80].strip()
            return
        match said:
            case Closing():
                self._closing = said
            case LoadSecond():
                self._seconds.append(said)
            case float():
                self._started_at = said
                self._started.set()

    async def _end(self, patience_seconds: float) -> None:
        """Wait for its end, and bring it about when patience runs out."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._process.wait(), patience_seconds)
        self._signal(signal.SIGKILL)
        await self._process.wait()
        await asyncio.wait({self._reader})
        if self._reader.cancelled():  # with all others, by a loop that a signal's exception ends
            await self._read()
        if self._process.stdin is not None:
            self._process.stdin.close()

    def _signal(self, number: signal.Signals) -> None:
        """Signal the process unless it has ended.

        Not by asyncio's own methods: they reap a child that ended meanwhile, and its exit is lost.
        """
        if self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self._process.pid, number)

    def _longest_seconds(self) -> float:
        order = self._order
        timeout = order.load.timeout.total_seconds()
        return order.duration_seconds + timeout + order.lease_seconds + _STOP_SECONDS

    def _last_words(self) -> str:
        with contextlib.suppress(OSError):
            lines = self._log.read_text(errors="replace").split("\n")
            return next((line for line in reversed(lines) if line.strip()), "")
        return ""

    @property
    def _log(self) -> Path:
        return log_beside(self._ledger)


class LoadProcess:
    """Starts generators; their ledgers stay in `folder` as `<run>.csv`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder.resolve()

    async def refusal(self) -> str:
        return ""

    @asynccontextmanager
    async def running(self, order: LoadOrder) -> AsyncIterator[LoadProcessHandle]:
        ledger = self._folder / f"{order.run}.csv"
        handle = LoadProcessHandle(await _spawn(ledger), order, ledger)
        try:
            await handle.start()
            yield handle
        finally:
            await asyncio.shield(handle.stop())


def log_beside(ledger: Path) -> Path:
    return ledger.with_suffix(".log")


async def _spawn(ledger: Path) -> asyncio.subprocess.Process:
    try:
        ledger.parent.mkdir(parents=True, exist_ok=True)
        with log_beside(ledger).open("wb") as log:
            return await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "ironclad.load", os.fspath(ledger)),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=log,
                cwd=_ROOT,
                process_group=0,  # out of reach of a Ctrl-C, which is for the runner to judge
            )
    except OSError as error:
        raise UnreachableError(f"the load generator could not be started: {error}") from error
