"""Past runs, as their folders say, and their verdicts worked out once more."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ironclad.adapters.runs.bundle import BUNDLE, read_bundle
from ironclad.adapters.runs.evidence_files import read_evidence
from ironclad.adapters.runs.history import Damaged, RunHistory
from ironclad.adapters.runs.report_files import EVIDENCE, verdict_text
from ironclad.domain.evidence.evidence import Evidence
from ironclad.domain.history.past_run import PastRun
from ironclad.errors import StateError
from ironclad.report.formats.rendering import render_all
from ironclad.report.model.document import Report
from ironclad.report.model.part import rfc3339


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejudged:
    """`kept` is the verdict as it was written when the run ended, `now` that of today."""

    path: Path
    report: Report
    kept: str
    now: str


def judge_again(path: Path) -> Rejudged:
    """Take a bundle, or a run's folder with one. Raises StateError that says what is wrong."""
    bundle = path / BUNDLE if path.is_dir() else path
    evidence, kept = read_bundle(bundle)
    try:
        report = render_all(evidence).report
    except Exception as error:
        # A stranger's evidence may hold values of the right type that no game day has.
        kind = type(error).__name__
        raise StateError(f"{bundle} holds evidence that cannot be judged ({kind})") from error
    return Rejudged(path=bundle, report=report, kept=kept, now=verdict_text(report))


def demand_same(again: Rejudged) -> None:
    """Raises StateError when the same evidence does not make the verdict that was kept."""
    if again.kept != again.now:
        raise StateError(
            f"the evidence in {again.path} makes {again.report.verdict or again.report.status}, and"
            " another verdict was written when the run ended: it was changed, or another version of"
            " Ironclad wrote it (versions.json in it says which)"
        )


DAMAGED = "DAMAGED"
_ROW = (
    "id",
    "experiment",
    "platform",
    "stack",
    "started_at",
    "status",
    "verdict",
    "spent_ratio",
    "detection_seconds",
    "recovery_seconds",
    "time_to_recover_seconds",
    "recovered",
    "reason",
)


def evidence_of(folder: Path) -> Evidence:
    """Read what a run saw from its folder. Raises StateError that names the damage."""
    if (folder / BUNDLE).is_file():
        return read_bundle(folder / BUNDLE)[0]
    return read_evidence(folder / EVIDENCE)


def past_runs(reports: Path) -> tuple[PastRun, ...]:
    """Give every run that has a readable report, newest first."""
    return RunHistory(reports).known().runs


def history(reports: Path) -> list[dict[str, Any]]:
    """List past runs, newest first; one whose report cannot be read is named as DAMAGED.

    A run without any report yet is under way, and is left out.
    """
    known = RunHistory(reports).known()
    rows = [*(_row(run) for run in known.runs), *(_damaged_row(one) for one in known.damaged)]
    return sorted(rows, key=lambda row: str(row["id"]), reverse=True)


def _row(run: PastRun) -> dict[str, Any]:
    return {
        "id": run.run,
        "experiment": run.experiment,
        "platform": run.platform,
        "stack": run.stack,
        "started_at": rfc3339(run.started_at),
        "status": run.status,
        "verdict": run.verdict,
        "spent_ratio": run.spent_ratio,
        "detection_seconds": run.detection_seconds,
        "recovery_seconds": run.recovery_seconds,
        "time_to_recover_seconds": run.time_to_recover_seconds,
        "recovered": run.recovered,
        "reason": run.reason,
    }


def _damaged_row(damaged: Damaged) -> dict[str, Any]:
    row: dict[str, Any] = dict.fromkeys(_ROW)
    return row | {"id": damaged.run, "status": DAMAGED, "reason": damaged.reason}
