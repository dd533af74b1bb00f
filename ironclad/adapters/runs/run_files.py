"""A game day on disk, from the moment that it is under way until its report is written.

`<reports>/<run>/` holds what it saw and, at the end, what it means. `<open>/<run>.json` stands
while it is under way: a janitor that finds one without a runner knows whose report is missing.
It comes first and holds the plan, so that a runner that dies right here still gets its report.
"""

import asyncio
import json
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, replace
from datetime import UTC, datetime
from io import FileIO
from pathlib import Path
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from ironclad.adapters.files.atomic import (
    explained,
    guarded,
    make_folder,
    remove_file,
    write_atomically,
)
from ironclad.adapters.load.ledger_file import is_being_written, read_ledger
from ironclad.adapters.runs.report_files import EVIDENCE, stored_outcome, write_report
from ironclad.domain.evidence.evidence import Evidence
from ironclad.domain.evidence.journal import Mark, PhaseName, open_phase
from ironclad.domain.evidence.outcome import Outcome
from ironclad.domain.experiment.plan import Plan
from ironclad.domain.judging.remains import evidence_of_remains
from ironclad.errors import StateError
from ironclad.processes.process_identity import ProcessIdentity


class RunClaims:
    """A file for each open run, with its plan and its owner."""

    def __init__(self, folder: Path, me: Callable[[], ProcessIdentity]) -> None:
        self._folder = folder
        self._me = me

    def make(self, run: str, folder: Path, plan: Any) -> None:
        make_folder(self._folder)
        self._write(run, {"folder": str(folder), "plan": plan})

    def runs(self) -> tuple[str, ...]:
        if not self._folder.is_dir():
            return ()
        return tuple(sorted(path.stem for path in self._folder.glob("*.json")))

    def folder(self, run: str) -> Path:
        return Path(self._read(run)["folder"])

    def is_mine(self, run: str) -> bool:
        try:
            return _owner(self._read(run)) == self._me()
        except (StateError, ValueError):  # gone, or damaged
            return False

    def take(self, run: str) -> dict[str, Any] | None:
        """Own it from here on, if its owner is not seen to live; None if it is, or has closed."""
        if not self._path(run).exists():
            return None
        with guarded(self._folder / ".guard"):
            if not self._path(run).exists():
                return None
            known = self._read(run)
            owner = _owner(known)
            if owner is not None and owner != self._me() and owner.lives:
                return None
            self._write(run, known)
        return known

    def drop(self, run: str) -> None:
        remove_file(self._path(run))

    def _path(self, run: str) -> Path:
        return self._folder / f"{run}.json"

    def _read(self, run: str) -> dict[str, Any]:
        path = self._path(run)
        with explained("read", path):
            known: dict[str, Any] = json.loads(path.read_bytes())
        return known

    def _write(self, run: str, known: dict[str, Any]) -> None:
        owned = {**known, "owner": asdict(self._me())}
        write_atomically(self._path(run), json.dumps(owned).encode())


def _owner(known: dict[str, Any]) -> ProcessIdentity | None:
    """None for a file of an earlier version: then the lock alone tells whether it lives."""
    try:
        return ProcessIdentity(**known["owner"])
    except (KeyError, TypeError):
        return None


_PLAN = TypeAdapter(Plan)
_MARK = TypeAdapter(Mark)
FINISHED_ELSEWHERE = (
    "another process had written this run's report, since it could not see that its runner lives;"
    " this folder holds the same evidence"
)
_Given = TypeVar("_Given")
_Made = TypeVar("_Made")


class RunFiles:
    """Satisfies `ports.RunFiles`. `ledgers` is where load generators write theirs.

    One thread writes, and it starts with the run. A disk or the rendering never holds the loop, and
    the report needs no new thread when memory is short.
    """

    def __init__(
        self,
        reports: Path,
        open_runs: Path,
        ledgers: Path,
        me: Callable[[], ProcessIdentity] = ProcessIdentity.own,
    ) -> None:
        self._reports = reports.absolute()
        self._claims = RunClaims(open_runs, me)
        self._ledgers = ledgers
        self._writer = ThreadPoolExecutor(max_workers=1, thread_name_prefix="run-files")

    async def open(self, plan: Plan) -> None:
        await self._written(self._open, plan)

    def keep(self, plan: Plan, mark: Mark) -> None:
        """What is written outlives this process at once; the thread sees that the disk has it."""
        path = self._reports / plan.run / EVIDENCE / "journal.jsonl"
        with explained("write to", path):
            file = path.open("ab", buffering=0)
            file.write(_MARK.dump_json(mark) + b"\n")
        self._writer.submit(_onto_the_disk, file)

    async def close(self, evidence: Evidence) -> Outcome:
        return await self._written(self._close_own, evidence)

    async def phase(self, run: str) -> PhaseName | None:
        return await asyncio.to_thread(self._phase, run)

    async def unfinished(self) -> tuple[str, ...]:
        return await asyncio.to_thread(self._claims.runs)

    async def finalize(self, run: str) -> Outcome | None:
        return await self._written(self._finalize, run)

    async def _written(self, work: Callable[[_Given], _Made], given: _Given) -> _Made:
        return await asyncio.get_running_loop().run_in_executor(self._writer, work, given)

    def _open(self, plan: Plan) -> None:
        folder = self._reports / plan.run
        self._claims.make(plan.run, folder, _PLAN.dump_python(plan, mode="json"))
        _begin(folder, _PLAN.dump_json(plan, indent=2))

    def _close_own(self, evidence: Evidence) -> Outcome:
        """Another process may have judged it, where it could not see that this one lives."""
        run, folder = evidence.plan.run, self._reports / evidence.plan.run
        if not self._claims.is_mine(run) and (outcome := stored_outcome(folder)):
            return replace(outcome, note=FINISHED_ELSEWHERE)
        return self._close(folder, evidence)

    def _phase(self, run: str) -> PhaseName | None:
        """Whatever cannot be read is not known: it is asked for a picture, every few seconds."""
        try:
            return open_phase(_marks(self._claims.folder(run) / EVIDENCE / "journal.jsonl"))
        except (OSError, ValueError, KeyError, TypeError, StateError):
            return None

    def _finalize(self, run: str) -> Outcome | None:
        """What the load's last requests came to belongs into the report."""
        if is_being_written(self._ledgers / f"{run}.csv"):
            return None
        claim = self._claims.take(run)
        if claim is None:
            return None
        folder = Path(claim["folder"])
        if not (folder / EVIDENCE / "plan.json").exists() and "plan" in claim:
            _begin(folder, json.dumps(claim["plan"], indent=2).encode())
        return self._close(folder, self._remains(run, folder / EVIDENCE))

    def _remains(self, run: str, folder: Path) -> Evidence:
        """Gather what a dead runner had written: its plan, its marks, and its load's ledger."""
        plan, marks = _plan(folder / "plan.json"), _marks(folder / "journal.jsonl")
        attempts, _ = read_ledger(self._ledgers / f"{run}.csv")
        finalized = Mark(datetime.now(UTC), "the janitor wrote this report", "janitor")
        return evidence_of_remains(plan, (*marks, finalized), attempts)

    def _close(self, folder: Path, evidence: Evidence) -> Outcome:
        """The ledger of the load lies in the evidence by then; its first copy goes last."""
        run = evidence.plan.run
        outcome = write_report(folder, evidence)
        self._claims.drop(run)
        for path in self._ledgers.glob(f"{run}.*"):
            remove_file(path)
        return outcome


def _onto_the_disk(file: FileIO) -> None:
    with file:
        os.fsync(file.fileno())


def _begin(folder: Path, plan: bytes) -> None:
    for path in (folder.parent, folder, folder / EVIDENCE):
        make_folder(path, 0o755)
    write_atomically(folder / EVIDENCE / "plan.json", plan)


def _plan(path: Path) -> Plan:
    try:
        with explained("read", path):
            return _PLAN.validate_json(path.read_bytes())
    except ValidationError as error:
        raise StateError(f"{path} is damaged; the report of that run cannot be written") from error


def _marks(path: Path) -> tuple[Mark, ...]:
    """Read the marks in order; a last line that was torn is passed over."""
    if not path.exists():
        return ()
    marks: list[Mark] = []
    with explained("read", path):
        for line in path.read_bytes().splitlines():
            try:
                marks.append(_MARK.validate_json(line))
            except ValidationError:
                continue
    return tuple(marks)
