"""Evidence and reports on disk: written whole, read back exactly, damage named."""

import json
import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from ironclad.adapters.runs.evidence_files import evidence_text, read_evidence, write_evidence
from ironclad.adapters.runs.report_files import write_rendered, write_report
from ironclad.adapters.runs.reports import evidence_of, history
from ironclad.domain.evidence.evidence import Evidence
from ironclad.domain.evidence.outcome import ExitCode, Verdict
from ironclad.domain.judging.remains import evidence_of_remains
from ironclad.errors import StateError
from tests.fakes.game_day.evidence import Scenario, sound_evidence
from tests.fakes.game_day.evidence import evidence_of as simulated

SMALL = Scenario(rate=20.0, target=0.99, at_most_ratio=0.02)


def run(name: str, **changes: object) -> Evidence:
    evidence = simulated(SMALL)
    return replace(evidence, plan=replace(evidence.plan, run=name), **changes)  # type: ignore[arg-type]


def same(one: Evidence, other: Evidence) -> bool:
    """Compare by what is written: lists and tuples are the same evidence."""
    return evidence_text(one) == evidence_text(other) and rows(one) == rows(other)


def rows(evidence: Evidence) -> list[object]:
    return list(evidence.load.attempts) if evidence.load else []


def test_evidence_is_read_back_as_it_was(tmp_path: Path) -> None:
    write_evidence(tmp_path, simulated(SMALL))
    assert same(read_evidence(tmp_path), simulated(SMALL))


def test_evidence_of_a_run_that_ended_early_is_read_back_as_well(tmp_path: Path) -> None:
    bare = evidence_of_remains(sound_evidence().plan, sound_evidence().marks[:3])
    write_evidence(tmp_path, bare)
    assert read_evidence(tmp_path) == replace(bare, gaps=[])
    assert not (tmp_path / "ledger.csv").exists()


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_numbers_that_json_does_not_know_survive(tmp_path: Path, value: float) -> None:
    sound = simulated(SMALL)
    series = sound.windows[0].valid[0]
    sample = replace(series.samples[0], value=value)
    window = replace(sound.windows[0], valid=(replace(series, samples=(sample,)),))
    write_evidence(tmp_path, replace(sound, windows=(window,)))
    json.loads((tmp_path / "evidence.json").read_text(), parse_constant=pytest.fail)
    read = read_evidence(tmp_path).windows[0].valid[0].samples[0].value
    assert read == value or (math.isnan(read) and math.isnan(value))


def test_the_verdict_is_the_same_offline(tmp_path: Path) -> None:
    folder = tmp_path / "20261123T100000Z-error-burst-00ff"
    first = write_report(folder, sound_evidence())
    before = {path.name: path.read_bytes() for path in folder.glob("report.*")}
    for path in folder.glob("report.*"):
        path.unlink()
    assert write_rendered(folder, evidence_of(folder)) == first
    assert {path.name: path.read_bytes() for path in folder.glob("report.*")} == before
    assert sorted(before) == ["report.html", "report.json", "report.md"]


def break_json(folder: Path) -> None:
    (folder / "evidence.json").write_text("{")


def cut_short(folder: Path) -> None:
    text = (folder / "evidence.json").read_text()
    (folder / "evidence.json").write_text(text[: len(text) // 2])


def another_version(folder: Path) -> None:
    text = (folder / "evidence.json").read_text()
    (folder / "evidence.json").write_text(text.replace('"1.0"', '"9.0"', 1))


def wrong_type(folder: Path) -> None:
    document = json.loads((folder / "evidence.json").read_text())
    document["evidence"]["plan"]["experiment"]["faults"][0]["share"] = "much"
    (folder / "evidence.json").write_text(json.dumps(document))


def no_ledger(folder: Path) -> None:
    (folder / "ledger.csv").unlink()


def garbled_row(folder: Path) -> None:
    path = folder / "ledger.csv"
    path.write_text(path.read_text().replace(",read,", ",rea?,", 3))


def not_there(folder: Path) -> None:
    (folder / "evidence.json").unlink()


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (break_json, r"evidence\.json is damaged: it is not the evidence of a game day"),
        (cut_short, r"evidence\.json is damaged: it is not the evidence of a game day"),
        (another_version, r"evidence\.json has the version '9\.0', and '1\.0' can be read"),
        (wrong_type, r"evidence\.json is damaged at plan\.experiment\.faults\.0\.share: .* number"),
        (no_ledger, r"ledger\.csv is damaged: all of its rows cannot be read"),
        (garbled_row, r"ledger\.csv is damaged: 3 of its rows cannot be read"),
        (not_there, r"cannot read .*evidence\.json"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_damaged_evidence_is_named(
    tmp_path: Path, damage: Callable[[Path], None], said: str
) -> None:
    write_evidence(tmp_path / "evidence", simulated(SMALL))
    damage(tmp_path / "evidence")
    with pytest.raises(StateError, match=said):
        evidence_of(tmp_path)


def test_a_report_says_how_the_run_ended(tmp_path: Path) -> None:
    outcome = write_report(tmp_path / "a-run", run("a-run"))
    assert (outcome.verdict, outcome.exit_code) == (Verdict.UPHELD, ExitCode.UPHELD)
    assert outcome.spent_objective == "orders-availability"
    assert outcome.spent_ratio == pytest.approx(60 / 2_592_000)
    assert outcome.report == str(tmp_path / "a-run")


def test_latest_points_to_the_newest_run_and_never_backwards(tmp_path: Path) -> None:
    for name in ("2026-b", "2026-c", "2026-a"):
        write_report(tmp_path / name, run(name))
    assert (tmp_path / "latest").readlink() == Path("2026-c")
    assert (tmp_path / "latest" / "report.md").is_file()
    assert not [path for path in tmp_path.iterdir() if path.name.endswith(".new")]


def test_what_stands_in_the_way_of_latest_is_reported(tmp_path: Path) -> None:
    (tmp_path / "latest" / "mine").mkdir(parents=True)
    with pytest.raises(StateError, match=r"cannot write .*latest"):
        write_report(tmp_path / "a-run", run("a-run"))


def test_the_history_lists_the_newest_first(tmp_path: Path) -> None:
    write_report(tmp_path / "2026-a", run("2026-a"))
    write_report(tmp_path / "2026-b", run("2026-b", windows=()))
    newest, oldest = history(tmp_path)
    assert (newest["id"], newest["verdict"], newest["spent_ratio"]) == (
        "2026-b",
        "INCONCLUSIVE",
        None,
    )
    assert (oldest["id"], oldest["verdict"], oldest["recovered"]) == ("2026-a", "UPHELD", True)


@pytest.mark.parametrize("text", ["{", "[]", "null", '{"budgets": 3}', "[" * 100_000])
def test_the_history_names_a_damaged_report_and_goes_on(tmp_path: Path, text: str) -> None:
    write_report(tmp_path / "2026-a", run("2026-a"))
    write_report(tmp_path / "2026-b", run("2026-b"))
    (tmp_path / "2026-b" / "report.json").write_text(text)
    damaged, whole = history(tmp_path)
    assert (damaged["id"], damaged["status"], damaged["verdict"]) == ("2026-b", "DAMAGED", None)
    assert "report.json cannot be read" in damaged["reason"]
    assert whole["verdict"] == "UPHELD"


def test_a_run_that_is_under_way_is_no_history(tmp_path: Path) -> None:
    (tmp_path / "2026-a" / "evidence").mkdir(parents=True)
    assert history(tmp_path) == []
    assert history(tmp_path / "none") == []


def test_a_full_disk_is_reported_and_leaves_no_half_file(tmp_path: Path) -> None:
    """A folder that may not be written stands for it: both are an OSError of the same call."""
    (tmp_path / "a-run").write_text("a file where the folder should be")
    with pytest.raises(StateError, match="cannot make the folder"):
        write_report(tmp_path / "a-run", run("a-run"))
