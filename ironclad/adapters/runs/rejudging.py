"""A verdict worked out once more, from a bundle and from nothing else."""

from dataclasses import dataclass
from pathlib import Path

from ironclad.adapters.runs.bundle import BUNDLE, read_bundle
from ironclad.adapters.runs.report_files import verdict_text
from ironclad.errors import StateError
from ironclad.report.formats.rendering import render_all
from ironclad.report.model.document import Report


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
