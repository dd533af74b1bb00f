"""A game day on disk: under way, over, or left behind by a runner that died."""

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from ironclad.adapters.load.ledger_file import is_being_written
from ironclad.adapters.runs.report_files import stored_outcome
from ironclad.adapters.runs.run_files import FINISHED_ELSEWHERE, RunFiles
from ironclad.domain.evidence.evidence import Evidence
from ironclad.domain.evidence.journal import Mark, PhaseName, Status
from ironclad.domain.evidence.outcome import ExitCode, Verdict
from ironclad.errors import StateError
from ironclad.load.ledger_file import LedgerFile
from ironclad.processes.process_identity import ProcessIdentity
from tests.fakes.game_day.evidence import sound_evidence


@pytest.fixture
def evidence() -> Evidence:
    return sound_evidence()


@pytest.fixture
def files(tmp_path: Path) -> RunFiles:
    return RunFiles(tmp_path / "reports", tmp_path / "runs", tmp_path / "load")


async def test_a_run_is_unfinished_from_its_opening_until_it_is_closed(
    files: RunFiles, evidence: Evidence
) -> None:
    await files.open(evidence.plan)
    assert await files.unfinished() == (evidence.plan.run,)

    await files.close(evidence)
    assert await files.unfinished() == ()


async def test_closing_judges_and_writes_every_form_of_the_report(
    files: RunFiles, evidence: Evidence, tmp_path: Path
) -> None:
    await files.open(evidence.plan)

    outcome = await files.close(evidence)

    folder = tmp_path / "reports" / evidence.plan.run
    assert outcome.verdict is Verdict.UPHELD
    assert outcome.report == str(folder)
    assert {path.name for path in folder.iterdir()} >= {"report.json", "report.md", "report.html"}
    assert (tmp_path / "reports" / "latest").resolve() == folder


async def test_a_dead_runner_s_report_tells_what_was_known(
    files: RunFiles, evidence: Evidence
) -> None:
    await files.open(evidence.plan)
    for mark in evidence.marks:
        files.keep(evidence.plan, mark)

    outcome = await files.finalize(evidence.plan.run)

    assert outcome is not None
    assert (outcome.status, outcome.verdict) == (Status.INTERRUPTED, Verdict.INCONCLUSIVE)
    assert outcome.exit_code is ExitCode.BROKEN
    report = json.loads((Path(outcome.report) / "report.json").read_text())
    refused = {entry["mark"] for entry in report["timeline"]}
    assert {mark.mark for mark in evidence.marks} <= refused
    assert await files.unfinished() == ()


async def test_a_mark_that_a_power_cut_tore_is_passed_over(
    files: RunFiles, evidence: Evidence, tmp_path: Path
) -> None:
    await files.open(evidence.plan)
    files.keep(evidence.plan, Mark(evidence.started_at, "the load began", "ironclad"))
    journal = tmp_path / "reports" / evidence.plan.run / "evidence" / "journal.jsonl"
    with journal.open("ab") as file:
        file.write(b'{"at": "2026-')

    assert await files.finalize(evidence.plan.run) is not None


async def test_finalizing_twice_does_nothing_the_second_time(
    files: RunFiles, evidence: Evidence
) -> None:
    await files.open(evidence.plan)
    await files.finalize(evidence.plan.run)

    assert await files.finalize(evidence.plan.run) is None


async def test_a_runner_that_died_while_it_opened_its_files_gets_its_report_too(
    files: RunFiles, evidence: Evidence, tmp_path: Path
) -> None:
    await files.open(evidence.plan)
    shutil.rmtree(tmp_path / "reports" / evidence.plan.run)

    outcome = await files.finalize(evidence.plan.run)

    assert outcome is not None
    assert outcome.experiment == evidence.plan.experiment.name
    assert await files.unfinished() == ()


async def test_a_plan_of_another_version_is_one_sentence_and_no_crash_of_the_janitor(
    files: RunFiles, evidence: Evidence, tmp_path: Path
) -> None:
    run = evidence.plan.run
    await files.open(evidence.plan)
    shutil.rmtree(tmp_path / "reports" / run)
    pointer = {"folder": str(tmp_path / "reports" / run), "plan": {"version": 99}}
    (tmp_path / "runs" / f"{run}.json").write_text(json.dumps(pointer))

    with pytest.raises(StateError, match=r"plan\.json is damaged"):
        await files.finalize(run)


async def test_a_damaged_plan_is_named(files: RunFiles, evidence: Evidence, tmp_path: Path) -> None:
    await files.open(evidence.plan)
    plan = tmp_path / "reports" / evidence.plan.run / "evidence" / "plan.json"
    plan.write_text("{")

    with pytest.raises(StateError, match=r"plan\.json is damaged"):
        await files.finalize(evidence.plan.run)


async def test_a_run_that_broke_off_early_still_has_a_report(
    files: RunFiles, evidence: Evidence
) -> None:
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
    await files.open(early.plan)

    outcome = await files.close(early)

    assert (outcome.status, outcome.verdict) == (Status.FAILED, Verdict.INCONCLUSIVE)
    assert "Prometheus went away" in outcome.reason


async def test_the_phase_of_a_run_is_read_from_its_journal(
    files: RunFiles, evidence: Evidence
) -> None:
    run = evidence.plan.run
    assert await files.phase(run) is None
    await files.open(evidence.plan)
    assert await files.phase(run) is None
    for text in ("baseline began", "the load began"):
        files.keep(evidence.plan, Mark(evidence.started_at, text, "ironclad"))
    assert await files.phase(run) is PhaseName.BASELINE
    for text in ("baseline ended", "fault began", "fault ended"):
        files.keep(evidence.plan, Mark(evidence.started_at, text, "ironclad"))
    assert await files.phase(run) is None


@pytest.fixture
def another() -> Iterator[int]:
    """Another process of this machine, which does nothing."""
    command = (sys.executable, "-S", "-c", "import time; time.sleep(600)")
    with subprocess.Popen(command) as process:  # noqa: S603 - our own command line
        yield process.pid
        process.kill()


def owned_by(pid: int, tmp_path: Path) -> RunFiles:
    """The files as that process would write them."""
    identity = ProcessIdentity.of(pid)
    return RunFiles(tmp_path / "reports", tmp_path / "runs", tmp_path / "load", lambda: identity)


@pytest.mark.parametrize("number", [0, signal.SIGSTOP], ids=["busy", "stopped"])
async def test_a_run_whose_process_lives_is_finished_by_no_other(
    files: RunFiles, evidence: Evidence, tmp_path: Path, another: int, number: int
) -> None:
    """On a busy machine the lock of a live game day lapsed, and the janitor declared it dead."""
    await owned_by(another, tmp_path).open(evidence.plan)
    ledger = tmp_path / "load" / f"{evidence.plan.run}.csv"
    ledger.parent.mkdir()
    ledger.write_text("rows")
    os.kill(another, number)

    assert await files.finalize(evidence.plan.run) is None
    assert await files.unfinished() == (evidence.plan.run,)
    assert ledger.exists()


async def test_a_run_whose_process_is_gone_is_finished_by_another(
    files: RunFiles, evidence: Evidence, tmp_path: Path, another: int
) -> None:
    await owned_by(another, tmp_path).open(evidence.plan)
    os.kill(another, signal.SIGKILL)
    # It stays a zombie, as under a parent that is slow to ask for it.
    os.waitid(os.P_PID, another, os.WEXITED | os.WNOWAIT)  # noqa: ASYNC222

    assert await files.finalize(evidence.plan.run) is not None


async def test_a_report_waits_for_the_load_that_still_writes(
    files: RunFiles, evidence: Evidence, tmp_path: Path, another: int
) -> None:
    """A killed runner's load ends at once, but for the answers that it waits for."""
    await owned_by(another, tmp_path).open(evidence.plan)
    os.kill(another, signal.SIGKILL)
    os.waitid(os.P_PID, another, os.WEXITED | os.WNOWAIT)  # noqa: ASYNC222
    (tmp_path / "load").mkdir()
    path = tmp_path / "load" / f"{evidence.plan.run}.csv"
    load = LedgerFile(path)
    load.flush()

    assert await files.finalize(evidence.plan.run) is None
    os.utime(path, (0, 0))  # a generator that was stopped does not hold the report up for ever
    assert is_being_written(path) is False
    os.utime(path)
    load.close()
    assert await files.finalize(evidence.plan.run) is not None


async def test_a_process_that_got_the_id_of_a_dead_one_is_not_taken_for_it(
    files: RunFiles, evidence: Evidence, tmp_path: Path, another: int
) -> None:
    before = replace(ProcessIdentity.of(another), started=1)
    dead = RunFiles(tmp_path / "reports", tmp_path / "runs", tmp_path / "load", lambda: before)
    await dead.open(evidence.plan)

    assert await files.finalize(evidence.plan.run) is not None


async def test_what_another_boot_left_is_finished(
    files: RunFiles, evidence: Evidence, tmp_path: Path
) -> None:
    before = replace(ProcessIdentity.own(), place="another boot")
    dead = RunFiles(tmp_path / "reports", tmp_path / "runs", tmp_path / "load", lambda: before)
    await dead.open(evidence.plan)

    assert await files.finalize(evidence.plan.run) is not None


async def test_a_runner_whose_run_another_has_finished_tells_what_is_stored(
    files: RunFiles, evidence: Evidence, tmp_path: Path
) -> None:
    """A run had two truths: one on the screen and in Prefect, another in report and history."""
    await files.open(evidence.plan)
    elsewhere = RunFiles(tmp_path / "reports", tmp_path / "runs", tmp_path / "load")
    finalized = await elsewhere.finalize(evidence.plan.run)
    assert finalized is not None

    outcome = await files.close(evidence)

    assert outcome == replace(finalized, note=FINISHED_ELSEWHERE)
    assert outcome.verdict is Verdict.INCONCLUSIVE
    report = json.loads((Path(outcome.report) / "report.json").read_text())
    assert (report["verdict"], report["reason"]) == (outcome.verdict, outcome.reason)


async def test_what_is_reported_is_read_from_what_is_stored(
    files: RunFiles, evidence: Evidence
) -> None:
    await files.open(evidence.plan)

    outcome = await files.close(evidence)

    assert outcome == stored_outcome(Path(outcome.report))
