"""Following one game day by what it leaves on disk, to the moment when a step is reached."""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from trials.harness.replicas import Replicas
from trials.harness.stand import Stand
from trials.kill.boundaries import Boundary
from trials.kill.draws import Trial
from trials.kill.experiments import FAULT_ID

LOOK_SECONDS = 0.005

_BY_MARK = {
    Boundary.LOAD: "the load began",
    Boundary.BASELINE: "baseline began",
    Boundary.SEEN: f"{FAULT_ID} seen to work",
    Boundary.RECOVERY: "recovery began",
    Boundary.MEASURING: "recovery ended",
    Boundary.REPORT: "every source was read after the load",
}


class Trail:
    def __init__(self, stand: Stand, trial: Trial, replicas: Replicas) -> None:
        self._stand, self._trial, self._replicas = stand, trial, replicas
        self._api = stand.prefect
        self._first_entry: tuple[int, int] | None = None
        self._were_armed = False
        self._others: dict[Boundary, Callable[[], Awaitable[bool]]] = {
            Boundary.PLAN: self._is_planning,
            Boundary.LOCK: self._is_locked,
            Boundary.ENTRY: self._is_written,
            Boundary.HALF_ARMED: self._is_armed,
            Boundary.RENEWING: self._is_renewed,
            Boundary.UNDO: self._is_undoing,
        }

    @property
    def folder(self) -> Path | None:
        """The report's folder of this run, once it has one."""
        return next(iter(self._stand.reports.glob(f"*-{self._trial.name}-*")), None)

    @property
    def journal(self) -> Path | None:
        return self.folder / "evidence" / "journal.jsonl" if self.folder else None

    def at(self, words: str) -> float | None:
        """Give when a mark that begins so was written, in seconds since the epoch."""
        return next((at for at, mark in self.marks() if mark.startswith(words)), None)

    def marks(self) -> list[tuple[float, str]]:
        path = self.journal
        if path is None or not path.is_file():
            return []
        return [_mark(line) for line in path.read_bytes().splitlines() if line.endswith(b"}")]

    def report(self) -> dict[str, Any] | None:
        path = self.folder / "report.json" if self.folder else None
        return json.loads(path.read_bytes()) if path and path.exists() else None

    async def reached(self, boundary: Boundary) -> bool:
        if words := _BY_MARK.get(boundary):
            return self.at(words) is not None
        return await self._others[boundary]()

    async def _is_planning(self) -> bool:
        return await self._api.is_running(self._trial.name)

    async def _is_locked(self) -> bool:
        lease = self._stand.platform.folder.lock / "lease.json"
        try:
            return self._trial.name in lease.read_text()
        except OSError:
            return False

    async def _is_written(self) -> bool:
        return self._entry() is not None

    async def _is_armed(self) -> bool:
        return bool(await self._replicas.armed())

    def _entry(self) -> tuple[int, int] | None:
        """Tell one version of the written-down undo from the next."""
        folder = self._stand.platform.folder.ledger
        for path in folder.glob(f"*{self._trial.name}*.json"):
            try:
                found = path.stat()
            except FileNotFoundError:
                continue
            return found.st_ino, found.st_mtime_ns
        return None

    async def _is_renewed(self) -> bool:
        entry = self._entry()
        self._first_entry = self._first_entry or entry
        return entry is not None and entry != self._first_entry

    async def _is_undoing(self) -> bool:
        """Is the first thing gone that was there?"""
        if self._trial.fault.spec.is_leased:
            armed = len(await self._replicas.armed())
            self._were_armed = self._were_armed or self.at(f"{FAULT_ID} armed") is not None
            return self._were_armed and armed < self._replicas.most_armed
        self._first_entry = self._first_entry or self._entry()
        return self._first_entry is not None and self._entry() is None


def _mark(line: bytes) -> tuple[float, str]:
    mark = json.loads(line)
    return datetime.fromisoformat(mark["at"]).timestamp(), mark["mark"]


async def follow(condition: Callable[[], Awaitable[bool]], until: float) -> bool:
    """Look again and again until the monotonic time `until`; say whether it came true."""
    while not (is_true := await condition()) and time.monotonic() < until:  # noqa: ASYNC110
        await asyncio.sleep(LOOK_SECONDS)
    return is_true
