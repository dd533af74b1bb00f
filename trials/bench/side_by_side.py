"""Game days on one stack and on three at once, on one machine."""

import json
import subprocess
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.fakes.stack.product import BIN, Product
from trials.bench.benchmark import Result
from trials.bench.rows import Row
from trials.harness.serving import ROOT
from trials.harness.stacks import LONGEST_SECONDS, ironclad, memory_mib, product

STACKS = ("one", "two", "three")
ALONE = "one stack by itself"
WATCH_SECONDS = 2.0
ENDED = (0, 1, 3)
"""UPHELD, DEVIATED, INCONCLUSIVE: the run came to an end of its own."""
EXPERIMENT = """\
apiVersion: ironclad/v1
kind: Experiment
metadata: {name: side-by-side, owner: sre}
hypothesis: 20 % errors on one replica of three cost at most 0.1 % of the month.
objectives: [orders-availability]
load: {pacer: {constant: 100/s}, mix: {write: 0.2, read: 0.8}, timeout: 2s}
phases: {baseline: 6s, recovery: 32s, settle: 4s}
faults:
  - {id: errors, kind: error, at: 0s, for: 10s, target: {replicas: 1}, share: 0.2, status: 503}
expect:
  cost: {objective: orders-availability, at_most_ratio: 0.001}
  alerts: {must: [], must_not: [BackendDown]}
"""


@dataclass(slots=True)
class Watched:
    """The most that all processes of the state root took together."""

    peak_mib: float = 0.0
    over: threading.Event = field(default_factory=threading.Event)


@dataclass(frozen=True, slots=True)
class Held:
    seconds: float
    peak_mib: float
    reports: list[dict[str, Any]]

    @property
    def unexplained(self) -> int:
        """Most requests by which the three sources of a run differ without a reason."""
        return max(int(_sources(report)["unexplained"]) for report in self.reports)

    @property
    def apart(self) -> int:
        """Most bad requests by which a client's ledger and its Prometheus differ."""
        return max(_apart(_sources(report)) for report in self.reports)

    @property
    def lateness_p99_ms(self) -> float:
        return max(float(report["load"]["lateness_p99_ms"] or 0.0) for report in self.reports)

    @property
    def verdicts(self) -> str:
        return ", ".join(sorted(str(report["verdict"]) for report in self.reports))


def measure() -> Result:
    with product() as made:
        path = made.folder / "side-by-side.yaml"
        path.write_text(EXPERIMENT, encoding="utf-8")
        ironclad(made, "up", "--stack", STACKS[0])
        alone = _held(made, path, STACKS[:1])
        for name in STACKS[1:]:
            ironclad(made, "up", "--stack", name)
        together = _held(made, path, STACKS)
    figures = (
        ("from start to the last report", "s", together.seconds, alone.seconds),
        ("memory of everything, at the peak", "MiB", together.peak_mib, alone.peak_mib),
        ("p99 lateness of the worst load", "ms", together.lateness_p99_ms, alone.lateness_p99_ms),
        ("bad requests between client and Prometheus", "", together.apart, alone.apart),
        ("requests not explained", "", together.unexplained, alone.unexplained),
    )
    rows = [_row(f"{name}, three at once", unit, *pair) for name, unit, *pair in figures]
    return Result(rows, (f"Verdicts: alone {alone.verdicts}; three at once {together.verdicts}.",))


def _row(name: str, unit: str, ours: float, theirs: float) -> Row:
    ratio = ours / theirs if theirs else None
    return Row(name=name, ours=ours, unit=unit, peer=ALONE, theirs=theirs, ratio=ratio)


def _held(made: Product, experiment: Path, stacks: Sequence[str]) -> Held:
    before = set((made.folder / "reports").glob("2*"))
    began = time.monotonic()
    with _watching(made) as watched:
        runs = [_start(made, experiment, stack) for stack in stacks]
        codes = [run.wait(LONGEST_SECONDS) for run in runs]
    seconds = time.monotonic() - began
    if any(code not in ENDED for code in codes):
        said = "; ".join(_last_words(made, stack) for stack in stacks)
        raise RuntimeError(f"the game days on {', '.join(stacks)} ended with {codes}: {said}")
    made_now = sorted(set((made.folder / "reports").glob("2*")) - before)
    reports = [json.loads((path / "report.json").read_bytes()) for path in made_now]
    return Held(seconds, watched.peak_mib, reports)


def _start(made: Product, experiment: Path, stack: str) -> "subprocess.Popen[bytes]":
    command = [str(BIN / "ironclad"), "game-day", "run", str(experiment), "--stack", stack]
    command.append("--ignore-budget")
    with (made.folder / f"{stack}.log").open("wb") as log:
        return subprocess.Popen(  # noqa: S603 - our own command line
            command, cwd=ROOT, env=made.environment, stdout=log, stderr=log
        )


def _last_words(made: Product, stack: str) -> str:
    text = (made.folder / f"{stack}.log").read_text(encoding="utf-8", errors="replace")
    return (text.strip().splitlines() or [""])[-1]


@contextmanager
def _watching(made: Product) -> Iterator[Watched]:
    watched = Watched()

    def watch() -> None:
        while not watched.over.wait(WATCH_SECONDS):
            watched.peak_mib = max(watched.peak_mib, memory_mib(made))

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield watched
    finally:
        watched.over.set()
        watcher.join()


def _sources(report: dict[str, Any]) -> dict[str, Any]:
    sources: dict[str, Any] = report["budgets"][0]["sources"]
    return sources


def _apart(sources: dict[str, Any]) -> int:
    if not sources["client"] or not sources["prometheus"]:
        raise RuntimeError(f"a source is missing: {sources['explanation']}")
    return abs(int(sources["client"]["bad"]) - int(sources["prometheus"]["bad"]))
