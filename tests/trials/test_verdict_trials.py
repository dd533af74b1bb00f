"""The trials put every planted mistake to a shipped experiment, and tell what came of it."""

import re
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import yaml

from ironclad.adapters.experiments.reader import parse_experiment
from tests.places import ROOT
from trials.harness.pages import RESULTS
from trials.mutants import MODULES
from trials.verdict.alert_rows import alert_rows
from trials.verdict.page import PAGE, Table, put
from trials.verdict.planted import PLANTED, SOUND, Planted, Ran, planted_table
from trials.verdict.shortened import GAME_DAYS, shortened
from trials.verdict.sources import sources_table

REMEDIES = (
    ROOT / "ironclad/domain/judging/advice/mistakes.py",
    ROOT / "ironclad/domain/judging/advice/recommendations.py",
    ROOT / "ironclad/report/parts/further_findings.py",
)


@pytest.mark.parametrize("planted", PLANTED, ids=lambda one: one.module)
def test_each_mistake_has_its_module_its_experiment_and_its_remedy(planted: Planted) -> None:
    assert find_spec(MODULES[planted.module])
    assert (GAME_DAYS / f"{planted.experiment}.yaml").is_file()
    assert planted.remedy in re.sub(r'"\n *"', "", "".join(path.read_text() for path in REMEDIES))


def test_every_module_is_tried() -> None:
    assert {one.module for one in PLANTED} == MODULES.keys()
    assert len(MODULES) >= 24


@pytest.mark.parametrize("name", sorted({one.experiment for one in PLANTED}))
def test_a_shorter_copy_breaks_and_expects_the_same(name: str) -> None:
    shipped = yaml.safe_load((GAME_DAYS / f"{name}.yaml").read_text())
    copy = shortened(name)
    for key in ("hypothesis", "objectives", "faults", "expect", "abort_when"):
        assert copy[key] == shipped[key]
    text = yaml.safe_dump(copy, sort_keys=False)
    experiment = parse_experiment(Path(f"{name}.yaml"), text)
    offered = experiment.load.pacer.hits_before(experiment.phases.recovery.total_seconds())
    assert offered > 1.1 * 2_995


def report(verdict: str, *remedies: str) -> dict[str, Any]:
    findings = [{"recommendation": words} for words in remedies]
    return {"verdict": verdict, "reason": "so it was", "findings": findings, "budgets": []}


def test_a_mistake_that_was_not_found_stays_in_the_table() -> None:
    ran = [
        Ran(SOUND, "error-burst", report("UPHELD")),
        Ran("lost_write", "error-burst", report("DEVIATED", "Answer 201 only after the commit")),
        Ran("no_drain", "pod-delete", report("UPHELD")),
    ]
    table = planted_table(ran)
    assert [row[2:5] for row in table.rows] == [
        ("UPHELD", "yes", "–"),
        ("DEVIATED", "yes", "yes"),
        ("UPHELD", "no", "no"),
    ]
    assert table.remark == "2 of 3 as they should be."


def test_what_a_source_did_not_say_is_no_nought() -> None:
    counts = {"valid": 1_000, "bad": 3}
    sources = {"client": counts, "replicas": None, "prometheus": counts, "reconciled": None}
    why = {"unexplained": 0, "explanation": "no replica could be asked"}
    budget = {"objective": "orders-availability", "sources": sources | why}
    (row,) = sources_table([("a game", {"budgets": [budget]})]).rows
    assert row[1:5] == ("3 of 1,000", "–", "3 of 1,000", "not known")


def test_an_alert_is_in_time_neither_before_its_prediction_nor_long_after() -> None:
    def alert(delivered: str | None) -> dict[str, Any]:
        moments = {"predicted_at": "2026-11-23T10:00:10Z", "firing_at": delivered}
        alert = {"name": "A", "expected": "must", "outcome": "on_time", "delivered_at": delivered}
        return alert | moments

    times = ["2026-11-23T10:00:09Z", "2026-11-23T10:00:12Z", "2026-11-23T10:00:14Z", None]
    rows = list(alert_rows({"alerts": [alert(at) for at in times]}, 3.0))
    assert [row[-1] for row in rows] == ["no", "yes", "no", "no"]
    assert rows[1][2:4] == ("+2.0 s", "+2.0 s")


TABLES = [
    *("generator", "burn", "alerts", "hour", "control"),
    *("planted", "sources", "pages", "oracle", "defects"),
]
BUSY_PAGE = RESULTS / "busy-trials.md"


@pytest.mark.parametrize(("kept", "names"), [(PAGE, TABLES), (BUSY_PAGE, ["busy"])])
def test_each_table_has_its_place_on_a_page(kept: Path, names: list[str], tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(kept.read_text())
    for name in names:
        put(Table(name=name, columns=("a",), rows=[(f"new {name}",)]), page)
        assert f"| new {name} |" in page.read_text()
