"""Writing one report, and listing those of many runs."""

import json
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from ironclad.adapters.runs.evidence_files import read_evidence, write_evidence
from ironclad.adapters.runs.report_files import EVIDENCE, write_index, write_report
from ironclad.domain.evidence.evidence import Evidence
from ironclad.report.formats.rendering import render_all
from tests.fakes.game_day.evidence import sound_evidence
from trials.bench.benchmark import Result
from trials.bench.rows import Goal, Row, paired
from trials.harness.pairs import in_turn

ROUNDS = 5
COUNTS = (10, 100)
WITHIN_SECONDS = 5.0
READING = "reading its evidence back"
BARE = "json.loads of each report"


def measure() -> Result:
    evidence = sound_evidence()
    with tempfile.TemporaryDirectory() as folder:
        rows = [_rendering(evidence, Path(folder)), *_index(evidence, Path(folder))]
    requests = len(evidence.load.attempts) if evidence.load else 0
    return Result(rows, (f"The run is the shipped error burst with {requests:,} requests.",))


def _rendering(evidence: Evidence, folder: Path) -> Row:
    write_evidence(folder / EVIDENCE, evidence)
    sides = {
        "ours": _timed(lambda: render_all(evidence)),
        READING: _timed(lambda: read_evidence(folder / EVIDENCE)),
    }
    took = in_turn(sides, ROUNDS)
    return paired(
        "judging and rendering one run, every form",
        "s",
        ours=took["ours"],
        peer=READING,
        theirs=took[READING],
        goal=Goal("ours", "at most", WITHIN_SECONDS),
    )


def _index(evidence: Evidence, folder: Path) -> list[Row]:
    rows = []
    write_report(folder / "one", evidence)
    text = (folder / "one" / "report.json").read_text(encoding="utf-8")
    for count in COUNTS:
        runs = folder / f"of-{count}"
        for number in range(count):
            run = runs / f"20261123T{number:06d}Z-error-burst-00ff"
            run.mkdir(parents=True)
            named = text.replace(evidence.plan.run, run.name)
            (run / "report.json").write_text(named, encoding="utf-8")
        rows.append(_listing(runs, count))
    return rows


def _listing(runs: Path, count: int) -> Row:
    def bare() -> list[object]:
        return [json.loads(each.read_bytes()) for each in runs.glob("*/report.json")]

    sides = {"ours": _timed(lambda: write_index(runs, now=datetime.now(UTC))), BARE: _timed(bare)}
    took = in_turn(sides, ROUNDS)
    return paired(f"the page of {count} runs", "s", ours=took["ours"], peer=BARE, theirs=took[BARE])


def _timed(work: Callable[[], object]) -> Callable[[], float]:
    def seconds() -> float:
        began = time.perf_counter()
        work()
        return time.perf_counter() - began

    return seconds
