"""One game day of the soak: drawn, run, and looked at afterwards."""

import json
import random
from dataclasses import dataclass
from typing import Any

from trials.harness.replicas import Replicas
from trials.harness.stand import Stand
from trials.harness.watch import until_clean, watching
from trials.kill.experiments import text_of
from trials.kill.faults import FAULTS, TrialFault

CLEAN_WITHIN_SECONDS = 75.0
REFUSED = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """`problem` is empty where the run ended as promised; `is_refused` where it cannot be here."""

    seed: int
    fault: str
    outcome: str
    problem: str = ""
    is_refused: bool = False


def drawn(seed: int) -> TrialFault:
    known = [fault for fault in FAULTS if fault.is_known]
    return random.Random(seed).choice(known)  # noqa: S311 - it must repeat


async def run(stand: Stand, seed: int) -> Ran:
    fault = drawn(seed)
    path = stand.experiments / "soak.yaml"
    path.write_text(text_of("soak", fault), encoding="utf-8")
    before = set(stand.reports.glob("2*"))
    done = await stand.ironclad("game-day", "run", str(path), "--ignore-budget", "--why", "soak")
    made = sorted(set(stand.reports.glob("2*")) - before)
    if done.returncode == REFUSED and not made:
        said = (done.stdout + done.stderr).strip().splitlines()[-1:]
        return Ran(seed=seed, fault=fault.kind, outcome=" ".join(said), is_refused=True)
    if not made or not (made[-1] / "report.json").exists():
        problem = f"exit code {done.returncode} and no report: {done.stderr.strip()[-300:]}"
        return Ran(seed=seed, fault=fault.kind, outcome="", problem=problem)
    report = json.loads((made[-1] / "report.json").read_bytes())
    problem = _unsound(report) or await _left_over(stand)
    outcome = f"{report['status']} {report['verdict']}: {report['reason']}"
    return Ran(seed=seed, fault=fault.kind, outcome=outcome, problem=problem)


def _unsound(report: dict[str, Any]) -> str:
    """Say what a report must not say; empty if it says nothing of the kind."""
    writes = report["writes"]
    if writes["lost"] or writes["duplicated"]:
        return f"writes lost: {writes['lost']}, doubled: {writes['duplicated']}"
    if not report["verdict"] or not report["reason"]:
        return "its verdict is not explained"
    return "" if report["status"] in {"COMPLETED", "ABORTED"} else report["reason"]


async def _left_over(stand: Stand) -> str:
    async with Replicas(stand) as replicas, watching(stand, replicas) as watch:
        found = await until_clean(watch, CLEAN_WITHIN_SECONDS)
    return "; ".join(f"{concern}: {text}" for concern, text in found.items())
