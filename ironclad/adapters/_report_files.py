"""One run's folder: its evidence, then its report in every form, then `latest` points to it."""

import os
from pathlib import Path

from ironclad.adapters._evidence_files import READABLE_BY_ALL, write_evidence
from ironclad.adapters._files import make_folder, told, write_atomically
from ironclad.domain.evidence import Evidence
from ironclad.domain.outcome import Outcome
from ironclad.report.planned import headline
from ironclad.report.rendering import Rendered, render_all

EVIDENCE = "evidence"
LATEST = "latest"


def write_report(folder: Path, evidence: Evidence) -> Outcome:
    """Write into `folder`, named as the run; each file is there whole or not at all.

    `report.json` comes last: with it the report is complete. Raises StateError.
    """
    make_folder(folder, 0o755)
    write_evidence(folder / EVIDENCE, evidence)
    return write_rendered(folder, evidence)


def write_rendered(folder: Path, evidence: Evidence) -> Outcome:
    """Write the report alone, from evidence that was read back."""
    rendered = render_all(evidence)
    for name, text in rendered.files.items():
        write_atomically(folder / name, text.encode(), READABLE_BY_ALL)
    _point_latest(folder)
    return _outcome(evidence, rendered, folder)


def _outcome(evidence: Evidence, rendered: Rendered, folder: Path) -> Outcome:
    report = rendered.report
    priced = next(iter(headline(report)), None)
    return Outcome(
        run=report.id,
        experiment=report.experiment,
        status=evidence.status,
        verdict=report.verdict,
        reason=report.reason,
        report=str(folder),
        spent_ratio=priced.spent_ratio if priced else None,
        spent_objective=priced.objective if priced else "",
    )


def _point_latest(folder: Path) -> None:
    """Never backwards: a run that is buried late is not the latest."""
    latest = folder.parent / LATEST
    new = latest.with_name(f".{LATEST}.{os.getpid()}.new")
    if latest.is_symlink() and latest.readlink().name > folder.name:
        return
    with told("write", latest):
        new.unlink(missing_ok=True)
        new.symlink_to(folder.name)
        new.replace(latest)
