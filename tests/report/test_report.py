"""The report in all its forms: the same each time, harmless on any input, and complete."""

import json
import re
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from html.parser import HTMLParser

import jsonschema
import pytest

from ironclad.adapters.runs.evidence_files import evidence_text
from ironclad.domain.evidence.evidence import Evidence
from ironclad.domain.evidence.journal import Mark, Status
from ironclad.domain.judging.remains import evidence_of_remains
from ironclad.report.formats.rendering import render_all
from ironclad.report.model.past import past_run
from ironclad.report.model.schema import generated_schema_text, published_schema
from tests.fakes.game_day.evidence import Scenario, evidence_of, sound_evidence
from tests.places import ROOT

FORMS = ("report.md", "report.html", "report.json", "junit.xml", "timeline.svg")


def burst_with_an_alert() -> Evidence:
    return evidence_of(Scenario(must=("HighErrorRate",), fires_at=50.0))


def with_earlier_runs() -> Evidence:
    run = past_run(json.loads(files(burst_with_an_alert())["report.json"]))
    earlier = tuple(
        replace(
            run,
            run=f"202611{day}T100000Z-error-burst-00ff",
            started_at=run.started_at - timedelta(days=23 - day),
            time_to_recover_seconds=50.0 + day % 3,
        )
        for day in range(22, 14, -1)
    )
    return replace(burst_with_an_alert(), earlier=earlier)


def died() -> Evidence:
    sound = sound_evidence()
    assert sound.load is not None
    return evidence_of_remains(sound.plan, sound.marks[:6], sound.load.attempts[:4000])


def bare() -> Evidence:
    return evidence_of_remains(sound_evidence().plan, ())


Run = Callable[[], Evidence]
RUNS: dict[str, Run] = {
    "upheld": sound_evidence,
    "with an alert": burst_with_an_alert,
    "with earlier runs": with_earlier_runs,
    "deviated": lambda: evidence_of(Scenario(failing=(90.0, 138.0, 0.05))),
    "delays": lambda: evidence_of(Scenario(delay_seconds=0.6)),
    "a restart and other users": lambda: evidence_of(
        Scenario(restart_at=100.0, others_every_seconds=0.1)
    ),
    "without samples": lambda: replace(sound_evidence(), windows=(), gaps=("no samples",)),
    "runner died": died,
    "died at once": bare,
    "skipped": lambda: replace(bare(), status=Status.SKIPPED, status_reason="frozen until Monday"),
    "aborted before the load": lambda: replace(bare(), status=Status.ABORTED, aborted_by="alex"),
}
EVERY_RUN = pytest.mark.parametrize("run", RUNS.values(), ids=RUNS.keys())


def files(evidence: Evidence) -> dict[str, str]:
    return dict(render_all(evidence).files)


@cache
def files_of(run: Run) -> dict[str, str]:
    return files(run())


@EVERY_RUN
def test_report_json_keeps_to_the_published_schema(run: Run) -> None:
    validator = jsonschema.Draft202012Validator(
        published_schema(), format_checker=jsonschema.FormatChecker()
    )
    validator.validate(json.loads(files_of(run)["report.json"]))


def test_the_published_schema_is_the_generated_one() -> None:
    path = ROOT / "ironclad/report/report.schema.json"
    assert path.read_text(encoding="utf-8") == generated_schema_text()
    jsonschema.Draft202012Validator.check_schema(published_schema())


def test_every_field_of_the_schema_is_described_and_none_may_be_added() -> None:
    schema = published_schema()
    for part in (schema, *schema["$defs"].values()):
        if part.get("type") != "object":
            continue
        assert part["additionalProperties"] is False
        assert set(part["required"]) == set(part["properties"])
        assert all(field.get("description") for field in part["properties"].values()), part["title"]


def test_report_json_has_what_was_promised() -> None:
    report = json.loads(files(burst_with_an_alert())["report.json"])
    assert (report["status"], report["verdict"], report["exit_code"]) == ("COMPLETED", "UPHELD", 0)
    assert report["started_at"] == "2026-11-23T10:00:00.000Z"
    assert [phase["sent"] for phase in report["phases"]] == [3003, 4504, 6000]
    budget = report["budgets"][0]
    assert budget["spent_low"] < budget["spent_ratio"] < budget["spent_high"] < 0.002
    assert budget["remaining_after_ratio"] == pytest.approx(0.98 - budget["spent_ratio"])
    assert budget["sources"]["client"] == {"valid": 13800, "bad": 301}
    assert budget["sources"]["reconciled"] is True
    assert report["faults"][0]["measured"]["hit"] == 301
    assert sum(report["load"]["split"].values()) == report["load"]["sent"]
    assert len(report["load"]["split"]) == 3
    assert report["alerts"][0]["outcome"] == "on_time"
    assert report["recovery"]["seconds"] == pytest.approx(74.3, abs=0.1)
    marks = [entry["mark"] for entry in report["timeline"]]
    assert marks.index("HighErrorRate firing") < marks.index("recovery proven")


def test_what_is_not_known_is_null_and_never_a_zero() -> None:
    report = json.loads(files(bare())["report.json"])
    assert report["verdict"] == "INCONCLUSIVE"
    assert set(report["load"].values()) == {None}
    assert set(report["writes"].values()) == {None}
    assert report["budgets"][0]["spent_ratio"] is None
    assert report["budgets"][0]["sources"]["prometheus"] is None
    assert report["recovery"]["proven"] is None


def test_a_run_that_never_began_has_no_verdict() -> None:
    report = json.loads(files(RUNS["skipped"]())["report.json"])
    assert (report["verdict"], report["exit_code"]) == (None, 4)
    assert report["reason"] == "frozen until Monday"


@EVERY_RUN
def test_the_same_evidence_gives_the_same_bytes(run: Run) -> None:
    assert files(run()) == files_of(run)


@EVERY_RUN
def test_no_form_shows_how_it_was_made(run: Run) -> None:
    for name in ("report.md", "report.html"):
        text = files_of(run)[name]
        assert not re.search(r"\bNone\b(?!\.)|nan|datetime|timedelta|\{\{|object at 0x", text), name


class Outline(HTMLParser):
    """Collects what has to be right for every reader."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in {"meta", "link"}:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def outline(html: str) -> Outline:
    parser = Outline()
    parser.feed(html)
    assert parser.open == []
    return parser


HARMLESS = re.compile(
    r"\.\./[\w.-]+/report\.html|http://127\.0\.0\.1:9090/graph\?[^<>\"]+|experiment\.yaml"
)


@EVERY_RUN
def test_the_page_loads_nothing_from_elsewhere(run: Run) -> None:
    """A link is followed by a person, and leads to a page or to a file beside the report."""
    page = outline(files_of(run)["report.html"])
    asked = [
        (tag, str(value))
        for tag, attributes in page.tags
        for name, value in attributes.items()
        if name in {"src", "href", "action", "srcset", "data"}
    ]
    assert asked[0] == ("link", "data:,")
    assert all(tag == "a" and HARMLESS.fullmatch(way) for tag, way in asked[1:])
    assert "url(" not in files_of(run)["report.html"]
    assert not [tag for tag, _ in page.tags if tag in {"script", "iframe", "img", "object"}]


@EVERY_RUN
def test_the_page_reads_well_without_eyes(run: Run) -> None:
    page = outline(files_of(run)["report.html"])
    tags = [tag for tag, _ in page.tags]
    assert tags.count("h1") == tags.count("main") == 1
    assert tags.count("table") == tags.count("caption")
    assert all(attributes.get("scope") for tag, attributes in page.tags if tag == "th")
    pictures = [a for tag, a in page.tags if tag == "svg" and a.get("class") == "picture"]
    assert pictures
    assert all(a.get("role") == "img" and a.get("aria-label") for a in pictures)
    ids = [a["id"] for _, a in page.tags if "id" in a]
    assert len(ids) == len(set(ids))
    labelled = {a["aria-labelledby"] for _, a in page.tags if "aria-labelledby" in a}
    assert labelled <= set(ids)


EVIL = '<script>alert("x")</script>|`**_[x](javascript:1)\n# title\x07\u202e'


def poisoned() -> Evidence:
    """Put markup wherever a word from outside can stand."""
    sound = burst_with_an_alert()
    plan = sound.plan
    experiment = replace(plan.experiment, hypothesis=EVIL, owner=EVIL)
    planned = replace(
        plan, experiment=experiment, who=EVIL, why=EVIL, warnings=(EVIL,), run=plan.run + EVIL
    )
    return replace(
        sound,
        plan=planned,
        status=Status.ABORTED,
        status_reason=EVIL,
        aborted_by=EVIL,
        marks=(*sound.marks, Mark(datetime(2026, 11, 23, 10, 1, tzinfo=UTC), EVIL, EVIL)),
        alerts=tuple(replace(seen, name=seen.name) for seen in sound.alerts),
        faults=tuple(replace(record, undone_at=None, problem=EVIL) for record in sound.faults),
        gaps=(EVIL,),
    )


def test_the_page_escapes_every_word_from_outside() -> None:
    html = files(poisoned())["report.html"]
    page = outline(html)
    assert "script" not in [tag for tag, _ in page.tags]
    assert html.count("&lt;script&gt;") >= 8
    assert "\x07" not in html
    assert "\u202e" not in html


def test_markdown_escapes_every_word_from_outside() -> None:
    text = files(poisoned())["report.md"]
    assert "<script" not in text
    assert "\x07" not in text
    assert "\n# title" not in text
    assert not re.search(r"(?<!\\)\[x\]\(javascript", text)
    rows = [line for line in text.splitlines() if line.startswith("| errors")]
    assert [len(re.findall(r"(?<!\\)\|", row)) for row in rows] == [14]


def test_lone_surrogates_do_not_stop_a_report() -> None:
    sound = sound_evidence()
    plan = replace(sound.plan, why="\udcff broken bytes")
    for text in files(replace(sound, plan=plan)).values():
        text.encode()
    evidence_text(replace(sound, plan=plan)).encode()


def test_the_report_is_written_from_all_forms_in_time() -> None:
    began = time.process_time()
    files(evidence_of(Scenario(rate=700.0, at_most_ratio=0.05)))
    assert time.process_time() - began < (5.0 if sys.gettrace() is None else 50.0)


def test_markdown_reads_from_the_verdict_down() -> None:
    lines = files(sound_evidence())["report.md"].splitlines()
    assert lines[0] == "# UPHELD: error-burst"
    assert lines[2].startswith("Hypothesis: 20 % errors on one replica of three cost at most")
    assert lines[4].startswith("> **0.116 % of the budget of orders-availability was spent")
    headings = [line[3:] for line in lines if line.startswith("## ")]
    assert headings == [
        "Findings",
        "Where to look",
        "Plan",
        "Faults",
        "Timeline",
        "Impact",
        "Error budget",
        "Alerts",
        "Recovery",
        "Writes",
        "Quality of the data",
        "Comparison",
        "Appendix",
    ]
