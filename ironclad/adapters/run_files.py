"""A game day on disk, from the moment that it is under way until its report is written.

`<reports>/<run>/` holds what it saw and, at the end, what it means. `<open>/<run>.json` stands
while it is under way: a janitor that finds one without a runner knows whose report is missing.
It comes first and holds the plan, so that a runner that dies right here still gets its report.
"""

import json
import os
from datetime import UTC, datetime
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from ironclad.adapters._files import make_folder, remove_file, told, write_atomically
from ironclad.adapters._load_ledger import read_ledger
from ironclad.adapters._report_files import EVIDENCE, write_report
from ironclad.domain.evidence import Evidence
from ironclad.domain.journal import Mark, PhaseName, open_phase
from ironclad.domain.judging.remains import evidence_of_remains
from ironclad.domain.outcome import Outcome
from ironclad.domain.plan import Plan
from ironclad.errors import StateError

_PLAN = TypeAdapter(Plan)
_MARK = TypeAdapter(Mark)


class RunFiles:
    """Satisfies `ports.RunFiles`. `ledgers` is where load generators write theirs."""

    def __init__(self, reports: Path, open_runs: Path, ledgers: Path) -> None:
        self._reports = reports.absolute()
        self._open_runs = open_runs
        self._ledgers = ledgers

    def open(self, plan: Plan) -> None:
        folder = self._reports / plan.run
        make_folder(self._open_runs)
        pointer = {"folder": str(folder), "plan": _PLAN.dump_python(plan, mode="json")}
        write_atomically(self._pointer(plan.run), json.dumps(pointer).encode())
        _begin(folder, _PLAN.dump_json(plan, indent=2))

    def keep(self, plan: Plan, mark: Mark) -> None:
        path = self._reports / plan.run / EVIDENCE / "journal.jsonl"
        with told("write to", path), path.open("ab") as file:
            file.write(_MARK.dump_json(mark) + b"\n")
            file.flush()
            os.fsync(file.fileno())

    def close(self, evidence: Evidence) -> Outcome:
        return self._close(self._reports / evidence.plan.run, evidence)

    def phase(self, run: str) -> PhaseName | None:
        """Whatever cannot be read is not known: it is asked for a picture, every few seconds."""
        try:
            folder = Path(json.loads(self._pointer(run).read_bytes())["folder"])
            return open_phase(_marks(folder / EVIDENCE / "journal.jsonl"))
        except (OSError, ValueError, KeyError, TypeError, StateError):
            return None

    def unfinished(self) -> tuple[str, ...]:
        if not self._open_runs.is_dir():
            return ()
        return tuple(sorted(path.stem for path in self._open_runs.glob("*.json")))

    def bury(self, run: str) -> Outcome | None:
        pointer = self._pointer(run)
        if not pointer.exists():
            return None
        with told("read", pointer):
            known = json.loads(pointer.read_bytes())
        folder = Path(known["folder"])
        if not (folder / EVIDENCE / "plan.json").exists() and "plan" in known:
            _begin(folder, json.dumps(known["plan"], indent=2).encode())
        return self._close(folder, self._remains(run, folder / EVIDENCE))

    def _remains(self, run: str, folder: Path) -> Evidence:
        """Gather what a dead runner had written: its plan, its marks, and its load's ledger."""
        plan, marks = _plan(folder / "plan.json"), _marks(folder / "journal.jsonl")
        attempts, _ = read_ledger(self._ledgers / f"{run}.csv")
        buried = Mark(datetime.now(UTC), "the janitor wrote this report", "janitor")
        return evidence_of_remains(plan, (*marks, buried), attempts)

    def _pointer(self, run: str) -> Path:
        return self._open_runs / f"{run}.json"

    def _close(self, folder: Path, evidence: Evidence) -> Outcome:
        """The ledger of the load lies in the evidence by then; its first copy goes last."""
        run = evidence.plan.run
        outcome = write_report(folder, evidence)
        for path in (self._pointer(run), *self._ledgers.glob(f"{run}.*")):
            remove_file(path)
        return outcome


def _begin(folder: Path, plan: bytes) -> None:
    for path in (folder.parent, folder, folder / EVIDENCE):
        make_folder(path, 0o755)
    write_atomically(folder / EVIDENCE / "plan.json", plan)


def _plan(path: Path) -> Plan:
    try:
        with told("read", path):
            return _PLAN.validate_json(path.read_bytes())
    except ValidationError as error:
        raise StateError(f"{path} is damaged; the report of that run cannot be written") from error


def _marks(path: Path) -> tuple[Mark, ...]:
    """Read the marks in order; a last line that was torn is passed over."""
    if not path.exists():
        return ()
    marks: list[Mark] = []
    with told("read", path):
        for line in path.read_bytes().splitlines():
            try:
                marks.append(_MARK.validate_json(line))
            except ValidationError:
                continue
    return tuple(marks)
