"""One run's folder: its evidence, then its report in every form, then `latest` points to it."""

import json
import logging
import os
import platform
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from pydantic import ValidationError

from ironclad.adapters.files.atomic import explained, make_folder, remove_file, write_atomically
from ironclad.adapters.runs.bundle import BUNDLE, write_bundle
from ironclad.adapters.runs.evidence_files import EVIDENCE as EVIDENCE_FILE
from ironclad.adapters.runs.evidence_files import LEDGER, READABLE_BY_ALL, write_evidence
from ironclad.adapters.runs.history import Known, RunHistory
from ironclad.domain.evidence.evidence import Evidence
from ironclad.domain.evidence.journal import Status
from ironclad.domain.evidence.outcome import Outcome
from ironclad.errors import StateError
from ironclad.report.formats.index import INDEX, IndexPage, index_of
from ironclad.report.formats.planned import headline
from ironclad.report.formats.rendering import JSON, encodable, render_all
from ironclad.report.model.document import Report


def write_index(reports: Path, *, now: datetime, experiments: Sequence[str] = ()) -> Known:
    """Write it anew, and give what it shows. Raises StateError."""
    known = RunHistory(reports).known()
    page = IndexPage(
        runs=known.runs,
        damaged=[(one.run, one.reason) for one in known.damaged],
        experiments=experiments,
        now=now,
    )
    if reports.is_dir():
        text = encodable(index_of(page))
        write_atomically(reports / INDEX, text.encode(), READABLE_BY_ALL)
    return known


log = logging.getLogger("ironclad")

EVIDENCE = "evidence"
LATEST = "latest"


def write_report(folder: Path, evidence: Evidence) -> Outcome:
    """Write into `folder`, named as the run; each file is there whole or not at all.

    `report.json` comes last: with it the report is complete. What was seen lies loose only until it
    is in the bundle. Raises StateError.
    """
    make_folder(folder, 0o755)
    if not evidence.versions:
        evidence = replace(evidence, versions=versions())
    evidence = replace(evidence, earlier=RunHistory(folder.parent).before(evidence.plan))
    write_evidence(folder / EVIDENCE, evidence)
    outcome = write_rendered(folder, evidence)
    for name in (EVIDENCE_FILE, LEDGER):
        remove_file(folder / EVIDENCE / name)
    _refresh_index(folder.parent)
    return outcome


def _refresh_index(reports: Path) -> None:
    """The report stands by now: a page that cannot be written must not undo that."""
    try:
        write_index(reports, now=datetime.now(UTC))
    except StateError:
        log.exception("the index of the reports is not up to date")


def write_rendered(folder: Path, evidence: Evidence) -> Outcome:
    """Write the bundle and the report, from evidence that may have been read back."""
    rendered = render_all(evidence)
    write_bundle(folder / BUNDLE, evidence, verdict_text(rendered.report))
    for name, text in rendered.files.items():
        make_folder((folder / name).parent, 0o755)
        write_atomically(folder / name, text.encode(), READABLE_BY_ALL)
    _point_latest(folder)
    return _outcome(rendered.report, folder)


def stored_outcome(folder: Path) -> Outcome | None:
    """Give what a report says that is already there; None where there is none that can be read."""
    try:
        report = Report.model_validate_json((folder / JSON).read_bytes())
    except (OSError, ValidationError):
        return None
    return _outcome(report, folder)


def verdict_text(report: Report) -> str:
    """Give the part of report.json that is the verdict."""
    document = report.model_dump(
        mode="json", include={"id", "status", "verdict", "reason", "reasons", "exit_code"}
    )
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _outcome(report: Report, folder: Path) -> Outcome:
    """The one verdict that the command line, Prefect and the events tell: the stored one."""
    priced = next(iter(headline(report)), None)
    return Outcome(
        run=report.id,
        experiment=report.experiment,
        status=Status(report.status),
        verdict=report.verdict,
        reason=report.reason,
        report=str(folder),
        spent_ratio=priced.spent_ratio if priced else None,
        spent_objective=priced.objective if priced else "",
        time_to_recover_seconds=report.recovery.time_to_recover_seconds,
        proof_seconds=report.recovery.seconds,
    )


def _point_latest(folder: Path) -> None:
    """Never backwards: a run that is finalized late is not the latest."""
    latest = folder.parent / LATEST
    new = latest.with_name(f".{LATEST}.{os.getpid()}.new")
    if latest.is_symlink() and latest.readlink().name > folder.name:
        return
    with explained("write", latest):
        new.unlink(missing_ok=True)
        new.symlink_to(folder.name)
        new.replace(latest)


_PARTS = ("ironclad", "aiohttp", "starlette", "uvicorn", "asyncpg", "prometheus-client", "prefect")


def versions() -> dict[str, str]:
    """Give versions by name; a part that is not installed here is left out."""
    found = {"python": platform.python_version(), "system": platform.platform()}
    for name in _PARTS:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found
