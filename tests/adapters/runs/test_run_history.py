"""The history beside the reports: it catches up, survives its own loss, and shows on one page."""

import json
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from ironclad import wiring
from ironclad.adapters.runs.history import FILE, RunHistory
from ironclad.adapters.runs.report_files import write_index, write_report
from ironclad.adapters.runs.reports import evidence_of
from ironclad.domain.evidence.evidence import Evidence
from ironclad.report.formats.index import IndexPage, index_of
from ironclad.settings import settings
from tests.fakes.game_day.evidence import Scenario, sound_evidence
from tests.fakes.game_day.evidence import evidence_of as simulated

SMALL = Scenario(rate=20.0, target=0.99, at_most_ratio=0.02)
NOW = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
EVIL = '<script>alert("x")</script>'


def evidence(name: str) -> Evidence:
    sound = simulated(SMALL)
    return replace(sound, plan=replace(sound.plan, run=name))


def document(name: str, **changes: Any) -> dict[str, Any]:
    return {
        "id": name,
        "experiment": "error-burst",
        "platform": "local",
        "stack": "demo",
        "started_at": f"2026-11-{name[:2]}T10:00:00.000Z",
        "status": "COMPLETED",
        "verdict": "UPHELD",
        "reason": "it held",
        "budgets": [{"objective": "orders", "allowed_ratio": 0.002, "spent_ratio": 0.001}],
        "faults": [{"detected_seconds": None}, {"detected_seconds": 19.5}],
        "recovery": {"proven": True, "seconds": 74.3},
        **changes,
    }


def put(reports: Path, name: str, **changes: Any) -> None:
    folder = reports / name
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "report.json").write_text(json.dumps(document(name, **changes)))


def ids(reports: Path) -> list[str]:
    return [run.run for run in RunHistory(reports).known().runs]


def test_runs_are_known_newest_first_with_their_figures(tmp_path: Path) -> None:
    put(tmp_path, "21-a")
    put(tmp_path, "22-b", verdict=None, status="SKIPPED")
    newest, oldest = RunHistory(tmp_path).known().runs
    assert (newest.run, newest.verdict, newest.status) == ("22-b", None, "SKIPPED")
    assert (oldest.detection_seconds, oldest.recovery_seconds) == (19.5, 74.3)
    assert (oldest.spent_objective, oldest.spent_ratio) == ("orders", 0.001)
    assert oldest.started_at == datetime(2026, 11, 21, 10, 0, tzinfo=UTC)
    assert oldest.recovered is True


def lose(path: Path) -> None:
    path.unlink()


def scribble(path: Path) -> None:
    path.write_bytes(b"not a database at all, but long enough to be looked at" * 100)


def cut_short(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:2000])


def of_tomorrow(path: Path) -> None:
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA user_version = 99")
    connection.close()


def poison(path: Path) -> None:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("UPDATE runs SET started_at = 'never'")
    connection.close()


@pytest.mark.parametrize("damage", [lose, scribble, cut_short, of_tomorrow, poison])
def test_a_lost_or_damaged_database_is_built_anew(
    tmp_path: Path, damage: Callable[[Path], None]
) -> None:
    put(tmp_path, "21-a")
    put(tmp_path, "22-b")
    before = RunHistory(tmp_path).known()
    damage(tmp_path / FILE)
    assert RunHistory(tmp_path).known() == before
    assert RunHistory(tmp_path).known() == before


def test_a_report_that_was_written_anew_is_read_anew(tmp_path: Path) -> None:
    put(tmp_path, "21-a")
    assert RunHistory(tmp_path).known().runs[0].verdict == "UPHELD"
    put(tmp_path, "21-a", verdict="DEVIATED")
    assert RunHistory(tmp_path).known().runs[0].verdict == "DEVIATED"


def test_a_folder_that_was_deleted_is_remembered(tmp_path: Path) -> None:
    put(tmp_path, "21-a")
    put(tmp_path, "22-b")
    assert ids(tmp_path) == ["22-b", "21-a"]
    (tmp_path / "21-a" / "report.json").unlink()
    (tmp_path / "21-a").rmdir()
    assert ids(tmp_path) == ["22-b", "21-a"]


def test_a_damaged_report_is_named_and_hides_no_other(tmp_path: Path) -> None:
    put(tmp_path, "21-a")
    put(tmp_path, "22-b", recovery="gone")
    put(tmp_path, "23-c", budgets=[{"allowed_ratio": None, "spent_ratio": "much"}])
    known = RunHistory(tmp_path).known()
    assert [run.run for run in known.runs] == ["21-a"]
    assert [damaged.run for damaged in known.damaged] == ["23-c", "22-b"]


def test_two_folders_of_one_report_are_two_runs(tmp_path: Path) -> None:
    put(tmp_path, "21-a")
    (tmp_path / "copy").mkdir()
    (tmp_path / "copy" / "report.json").write_text(json.dumps(document("21-a")))
    assert set(ids(tmp_path)) == {"21-a", "copy"}


def test_without_a_place_to_write_it_is_read_from_the_reports(tmp_path: Path) -> None:
    """A folder of the database's name stands for a disk that will not have it."""
    put(tmp_path, "21-a")
    (tmp_path / FILE).mkdir()
    assert ids(tmp_path) == ["21-a"]
    assert ids(tmp_path / "none") == []


def test_many_at_once_agree(tmp_path: Path) -> None:
    for day in range(10, 30):
        put(tmp_path, f"{day}-a")
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(ids, [tmp_path] * 16))
    assert all(one == found[0] for one in found)
    assert len(found[0]) == 20


def test_a_thousand_runs_are_all_known(tmp_path: Path) -> None:
    for number in range(1000):
        put(tmp_path, f"{10 + number % 20}-{number}")
    assert len(ids(tmp_path)) == 1000


def test_a_run_keeps_what_was_known_before_it_and_stays_the_same_later(tmp_path: Path) -> None:
    for name in ("2026-a", "2026-b"):
        write_report(tmp_path / name, evidence(name))
    kept = evidence_of(tmp_path / "2026-b")
    assert [run.run for run in kept.earlier] == ["2026-a"]
    report = json.loads((tmp_path / "2026-b" / "report.json").read_text())
    assert [run["id"] for run in report["comparison"]["earlier"]] == ["2026-a"]
    write_report(tmp_path / "2026-c", evidence("2026-c"))
    assert evidence_of(tmp_path / "2026-b").earlier == kept.earlier


def test_a_run_is_compared_with_its_own_experiment_alone(tmp_path: Path) -> None:
    put(tmp_path, "21-a", experiment="replica-kill")
    put(tmp_path, "22-b", stack="other")
    put(tmp_path, "23-c")
    plan = replace(sound_evidence().plan, run="99-now")
    assert [run.run for run in RunHistory(tmp_path).before(plan)] == ["23-c"]


class Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.tags: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.found += [value or "" for name, value in attrs if name == "href"]


def links(html: str) -> Links:
    parser = Links()
    parser.feed(html)
    return parser


def test_the_page_links_every_run_and_marks_the_stale(tmp_path: Path) -> None:
    put(tmp_path, "21-a")
    write_index(tmp_path, now=NOW, experiments=["error-burst", "never-ran"])
    html = (tmp_path / "index.html").read_text()
    assert links(html).found == ["data:,", "21-a/report.html"]
    assert 'Never run to an end: <span class="open">never-ran</span>.' in html
    assert "stale after" not in html
    write_index(tmp_path, now=NOW + timedelta(days=40))
    assert "last run 43 days ago; stale after 30 days" in (tmp_path / "index.html").read_text()


def test_every_report_brings_the_page_up_to_date(tmp_path: Path) -> None:
    write_report(tmp_path / "2026-a", evidence("2026-a"))
    assert "2026-a/report.html" in links((tmp_path / "index.html").read_text()).found


def test_a_page_that_cannot_be_written_stops_no_report(tmp_path: Path) -> None:
    (tmp_path / "index.html" / "mine").mkdir(parents=True)
    assert write_report(tmp_path / "2026-a", evidence("2026-a")).verdict == "UPHELD"


def test_the_page_escapes_every_word_from_outside(tmp_path: Path) -> None:
    put(tmp_path, "21-a", experiment=EVIL, reason=EVIL, verdict=EVIL, status=EVIL, stack=EVIL)
    put(tmp_path, "22-b", budgets=EVIL)
    known = RunHistory(tmp_path).known()
    html = index_of(
        IndexPage(
            runs=known.runs,
            damaged=[(EVIL, one.reason) for one in known.damaged],
            experiments=[EVIL],
            now=NOW,
        )
    )
    assert "script" not in links(html).tags
    assert html.count("&lt;script&gt;") >= 5


def test_an_empty_page_says_what_to_do() -> None:
    html = index_of(IndexPage(runs=[], damaged=[], experiments=[], now=NOW))
    assert "No game day has run yet" in html


def test_the_command_s_view_needs_no_place_to_write(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A folder in the index's place stands for reports that only somebody else may write to."""
    put(tmp_path, "21-a")
    (tmp_path / "index.html" / "theirs").mkdir(parents=True)
    monkeypatch.setenv("IRONCLAD_REPORTS", str(tmp_path))
    settings.cache_clear()
    try:
        seen = wiring.past()
    finally:
        settings.cache_clear()
    assert [run.run for trend in seen.trends for run in trend.runs] == ["21-a"]
    assert seen.page is None
    assert "lost-database" in {trend.experiment for trend in seen.stale}


def test_a_run_that_broke_off_is_no_run_of_the_experiment(tmp_path: Path) -> None:
    """Each crash of the tool once stood as an INCONCLUSIVE run, and as the newest verdict."""
    put(tmp_path, "21-a")
    put(tmp_path, "22-b", status="FAILED", verdict="INCONCLUSIVE")
    put(tmp_path, "23-c", status="INTERRUPTED", verdict="INCONCLUSIVE")
    write_index(tmp_path, now=NOW)
    html = (tmp_path / "index.html").read_text()
    card = html[html.index('class="card"') : html.index('id="runs"')]
    assert 'accent">UPHELD</strong>, 1 run,' in card
    assert "without 2 that broke off" in card
    assert html.count("INCONCLUSIVE") == 2, "the table has every run"


def test_a_card_leaves_out_a_figure_that_no_run_has(tmp_path: Path) -> None:
    """Every card once said "first alert after –"."""
    put(tmp_path, "21-a", faults=[])
    write_index(tmp_path, now=NOW)
    html = (tmp_path / "index.html").read_text()
    assert "budget spent" in html
    assert "first alert after" not in html
