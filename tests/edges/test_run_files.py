"""A game day on disk: under way, over, or left behind by a runner that died."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from ironclad.adapters.run_files import RunFiles
from ironclad.domain.evidence import Evidence
from ironclad.domain.journal import Mark, PhaseName, Status
from ironclad.domain.outcome import ExitCode, Verdict
from ironclad.errors import StateError
from tests.fakes.evidence import sound_evidence


@pytest.fixture
def evidence() -> Evidence:
    return sound_evidence()


@pytest.fixture
def files(tmp_path: Path) -> RunFiles:
    return RunFiles(tmp_path / "reports", tmp_path / "runs", tmp_path / "load")


def test_a_run_is_unfinished_from_its_opening_until_it_is_closed(
    files: RunFiles, evidence: Evidence
) -> None:
    files.open(evidence.plan)
    assert files.unfinished() == (evidence.plan.run,)

    files.close(evidence)
    assert files.unfinished() == ()


def test_closing_judges_and_writes_every_form_of_the_report(
    files: RunFiles, evidence: Evidence, tmp_path: Path
) -> None:
    files.open(evidence.plan)

    outcome = files.close(evidence)

    folder = tmp_path / "reports" / evidence.plan.run
    assert outcome.verdict is Verdict.UPHELD
    assert outcome.report == str(folder)
    assert {path.name for path in folder.iterdir()} >= {"report.json", "report.md", "report.html"}
    assert (tmp_path / "reports" / "latest").resolve() == folder


def test_a_dead_runner_s_report_tells_what_was_known(files: RunFiles, evidence: Evidence) -> None:
    files.open(evidence.plan)
    for mark in evidence.marks:
        files.keep(evidence.plan, mark)

    outcome = files.bury(evidence.plan.run)

    assert outcome is not None
    assert (outcome.status, outcome.verdict) == (Status.INTERRUPTED, Verdict.INCONCLUSIVE)
    assert outcome.exit_code is ExitCode.BROKEN
    report = json.loads((Path(outcome.report) / "report.json").read_text())
    told = {entry["mark"] for entry in report["timeline"]}
    assert {mark.mark for mark in evidence.marks} <= told
    assert files.unfinished() == ()


def test_a_mark_that_a_power_cut_tore_is_passed_over(
    files: RunFiles, evidence: Evidence, tmp_path: Path
) -> None:
    files.open(evidence.plan)
    files.keep(evidence.plan, Mark(evidence.started_at, "the load began", "ironclad"))
    journal = tmp_path / "reports" / evidence.plan.run / "evidence" / "journal.jsonl"
    with journal.open("ab") as file:
        file.write(b'{"at": "2026-')

    assert files.bury(evidence.plan.run) is not None


def test_burying_twice_does_nothing_the_second_time(files: RunFiles, evidence: Evidence) -> None:
    files.open(evidence.plan)
    files.bury(evidence.plan.run)

    assert files.bury(evidence.plan.run) is None


def test_a_runner_that_died_while_it_opened_its_files_gets_its_report_too(
    files: RunFiles, evidence: Evidence, tmp_path: Path
) -> None:
    files.open(evidence.plan)
    shutil.rmtree(tmp_path / "reports" / evidence.plan.run)

    outcome = files.bury(evidence.plan.run)

    assert outcome is not None
    assert outcome.experiment == evidence.plan.experiment.name
    assert files.unfinished() == ()


def test_a_plan_of_another_version_is_one_sentence_and_no_crash_of_the_janitor(
    files: RunFiles, evidence: Evidence, tmp_path: Path
) -> None:
    run = evidence.plan.run
    files.open(evidence.plan)
    shutil.rmtree(tmp_path / "reports" / run)
    pointer = {"folder": str(tmp_path / "reports" / run), "plan": {"version": 99}}
    (tmp_path / "runs" / f"{run}.json").write_text(json.dumps(pointer))

    with pytest.raises(StateError, match=r"plan\.json is damaged"):
        files.bury(run)


def test_a_damaged_plan_is_named(files: RunFiles, evidence: Evidence, tmp_path: Path) -> None:
    files.open(evidence.plan)
    plan = tmp_path / "reports" / evidence.plan.run / "evidence" / "plan.json"
    plan.write_text("{")

    with pytest.raises(StateError, match=r"plan\.json is damaged"):
        files.bury(evidence.plan.run)


def test_a_run_that_broke_off_early_still_has_a_report(files: RunFiles, evidence: Evidence) -> None:
    early = replace(
        evidence,
        status=Status.FAILED,
        status_reason="Prometheus went away",
        phases=(),
        load=None,
        windows=(),
        replicas_before=(),
        replicas_after=(),
    )
    files.open(early.plan)

    outcome = files.close(early)

    assert (outcome.status, outcome.verdict) == (Status.FAILED, Verdict.INCONCLUSIVE)
    assert "Prometheus went away" in outcome.reason


def test_the_phase_of_a_run_is_read_from_its_journal(files: RunFiles, evidence: Evidence) -> None:
    run = evidence.plan.run
    assert files.phase(run) is None
    files.open(evidence.plan)
    assert files.phase(run) is None
    for text in ("baseline began", "the load began"):
        files.keep(evidence.plan, Mark(evidence.started_at, text, "ironclad"))
    assert files.phase(run) is PhaseName.BASELINE
    for text in ("baseline ended", "fault began", "fault ended"):
        files.keep(evidence.plan, Mark(evidence.started_at, text, "ironclad"))
    assert files.phase(run) is None
