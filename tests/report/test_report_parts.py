"""What the report adds to the bare figures: comparison, trust in the data, and the gate of a CI."""

import json
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from ironclad.adapters.runs.report_files import write_report
from ironclad.domain.alerting.firing_alerts import AlertSighting
from ironclad.domain.evidence.counters import Sample, Series
from ironclad.domain.evidence.evidence import Evidence
from ironclad.domain.evidence.journal import Status
from ironclad.domain.experiment.safeguards import LIVES
from ironclad.domain.faults.catalogue import FaultKind
from ironclad.domain.history.past_run import PastRun
from ironclad.domain.judging.remains import evidence_of_remains
from ironclad.domain.load.load import Attempt
from ironclad.report.formats import formatting, sentences
from ironclad.report.formats.formatting import html_prose, markdown_prose
from ironclad.report.formats.rendering import render_all
from ironclad.report.model.past import past_run
from tests.fakes.game_day.evidence import BEGAN, Scenario, evidence_of, sound_evidence

Run = Callable[[], Evidence]
HOSTILE = '"/><failure/><script>alert(1)</script>`|\x00\ud800'


@cache
def report(scenario: Scenario = Scenario()) -> dict[str, Any]:  # noqa: B008 - frozen
    return document(evidence_of(scenario))


def document(evidence: Evidence) -> dict[str, Any]:
    text = render_all(evidence).files["report.json"]
    parsed: dict[str, Any] = json.loads(text)
    return parsed


def junit(evidence: Evidence) -> ET.Element:
    return ET.fromstring(render_all(evidence).files["junit.xml"])  # noqa: S314 - our own


def earlier_runs(run: PastRun, recoveries: list[float]) -> tuple[PastRun, ...]:
    return tuple(
        replace(
            run,
            run=f"earlier-{day}",
            started_at=run.started_at - timedelta(days=day),
            time_to_recover_seconds=seconds,
        )
        for day, seconds in enumerate(recoveries, start=1)
    )


def test_every_fault_tells_what_failed_when_it_was_noticed_and_when_it_was_over() -> None:
    fault = report(Scenario(must=("HighErrorRate",), fires_at=50.0))["faults"][0]
    assert fault["failed"] == 301
    assert fault["spent_ratio"] == pytest.approx(301 / 259_200)
    assert fault["detected_seconds"] == pytest.approx(50.0 - 31.05, abs=0.1)
    assert fault["recovered_seconds"] == pytest.approx(74.3, abs=0.1)


def test_replicas_with_the_fault_stand_beside_those_without() -> None:
    targets, others = report()["comparison"]["groups"]
    assert (targets["replicas"], others["replicas"]) == (["orders-1"], ["orders-2", "orders-3"])
    assert (targets["failed"], others["failed"]) == (301, 0)
    assert targets["error_ratio_low"] > others["error_ratio_high"]


def test_a_fault_on_everybody_has_no_control_group() -> None:
    evidence = sound_evidence()
    planned = replace(evidence.plan.faults[0], targets=evidence.plan.replicas)
    hit = replace(evidence.faults[0], targets=tuple(r.name for r in evidence.plan.replicas))
    plan = replace(evidence.plan, faults=(planned,))
    everybody = replace(evidence, plan=plan, faults=(hit,))
    assert document(everybody)["comparison"]["groups"] == []


def test_a_missing_scrape_and_a_reset_are_counted() -> None:
    assert [one["missing"] for one in report()["samples"]] == [0, 0]
    assert report(Scenario(restart_at=100.0))["samples"][0]["resets"] == 1
    window = sound_evidence().windows[0]
    series = window.valid[0]
    torn = replace(series, samples=(*series.samples[:40], *series.samples[43:]))
    damaged = replace(window, valid=(torn, *window.valid[1:]))
    shown = document(replace(sound_evidence(), windows=(damaged,)))["samples"][0]
    assert (shown["missing"], shown["longest_gap_seconds"]) == (3, 4.0)


REASONS: dict[str, tuple[Run, str]] = {
    "a stack's first minutes": (
        lambda: replace(sound_evidence(), remaining_before={"orders-availability": None}),
        "Prometheus had not worked it out yet",
    ),
    "a question that failed": (
        lambda: replace(
            sound_evidence(),
            remaining_before={},
            gaps=("the budget before is not known: Prometheus does not answer",),
        ),
        "Prometheus does not answer",
    ),
    "an early end": (
        lambda: evidence_of_remains(sound_evidence().plan, ()),
        "the run ended before",
    ),
}


@pytest.mark.parametrize(("run", "reason"), REASONS.values(), ids=REASONS.keys())
def test_a_budget_that_is_not_known_says_why(run: Run, reason: str) -> None:
    evidence = run()
    assert document(evidence)["budgets"][0]["remaining_reason"].startswith(reason)
    for name in ("report.md", "report.html"):
        assert reason in render_all(evidence).files[name]


def test_a_known_budget_needs_no_reason() -> None:
    assert report()["budgets"][0]["remaining_reason"] == ""
    assert report()["budgets"][0]["weekly_ratio"] == pytest.approx(301 / 259_200 * 30 / 7)


def test_what_was_not_taken_back_is_left_over() -> None:
    sound = sound_evidence()
    assert document(sound)["recovery"]["leftovers"] == []
    stuck = replace(sound, faults=(replace(sound.faults[0], undone_at=None),))
    recovery = document(stuck)["recovery"]
    assert recovery["leftovers"] == ["errors was not seen to be gone from orders-1"]
    assert recovery["steps"][0]["seconds"] is None
    assert "Left over" in render_all(stuck).files["report.html"]


def test_an_end_counts_until_the_platform_was_whole() -> None:
    ended = report(Scenario(kind=FaultKind.REPLICA_KILL, ended=True))
    assert ended["recovery"]["steps"][0]["seconds"] == pytest.approx(1.2)


def test_an_end_has_no_share_of_requests() -> None:
    def html(scenario: Scenario) -> str:
        return render_all(evidence_of(scenario)).files["report.html"]

    share = '<th scope="row">share</th>'
    assert share not in html(Scenario(kind=FaultKind.REPLICA_KILL, ended=True))
    assert share in html(Scenario())


def test_a_slower_recovery_than_usual_is_reported() -> None:
    run = past_run(report())
    usual = earlier_runs(run, [30.0, 31.0, 29.0, 30.5, 30.2, 29.8])
    evidence = replace(sound_evidence(), earlier=usual)
    change = document(evidence)["comparison"]["changes"][-1]
    assert (change["figure"], change["is_worse"], change["runs"]) == (
        "time_to_recover_seconds",
        True,
        6,
    )
    text = render_all(evidence).files["report.md"]
    assert "more than the median of 6 runs before (30.1 s): worse than usual." in text


def test_what_got_worse_is_a_finding_with_a_recommendation() -> None:
    usual = earlier_runs(past_run(report()), [30.0, 31.0, 29.0, 30.5, 30.2, 29.8])
    found = document(replace(sound_evidence(), earlier=usual))["findings"]
    worse = [one for one in found if "worse than usual" in one["observation"]]
    assert [one["severity"] for one in worse] == ["warning"]
    assert "what changed since" in worse[0]["recommendation"]
    same = earlier_runs(past_run(report()), [45.0] * 6)
    calm = document(replace(sound_evidence(), earlier=same))["findings"]
    assert not [one for one in calm if "worse" in one["observation"]]


@pytest.mark.parametrize("lives", [(5.0, 9.0), (5.0, 5.0)], ids=["failed", "held"])
def test_a_safeguard_that_failed_is_a_finding_with_a_remedy(lives: tuple[float, ...]) -> None:
    sound = sound_evidence()
    expect = replace(sound.plan.experiment.expect, safeguards=("no-restart-loop",))
    plan = replace(sound.plan, experiment=replace(sound.plan.experiment, expect=expect))
    samples = tuple(Sample(1000.0 + at, value) for at, value in enumerate(lives))
    observed = {LIVES: (Series((("pod", "orders-2"),), samples),)}
    shown = document(replace(sound, plan=plan, observed=observed))
    failed = lives[0] != lives[1]
    assert shown["safeguards"][0]["outcome"] == ("failed" if failed else "held")
    problems = [one for one in shown["findings"] if one["severity"] == "problem"]
    assert bool([one for one in problems if "liveness probe" in one["recommendation"]]) is failed


def test_runs_of_another_stack_are_not_compared() -> None:
    run = past_run(report())
    other = tuple(replace(one, stack="other") for one in earlier_runs(run, [50.0] * 6))
    shown = document(replace(sound_evidence(), earlier=other))["comparison"]
    assert shown["changes"] == []


def test_a_link_to_an_earlier_run_is_only_made_of_a_plain_name() -> None:
    run = past_run(report())
    earlier = (replace(run, run='x" onclick="alert(1)'), replace(run, run="../../etc"))
    html = render_all(replace(sound_evidence(), earlier=earlier)).files["report.html"]
    assert "onclick=" not in html.replace("&#34; onclick=", "")
    assert 'href="../../etc' not in html


JUNIT: dict[str, tuple[Run, str]] = {
    "upheld": (sound_evidence, ""),
    "deviated": (lambda: evidence_of(Scenario(failing=(90.0, 138.0, 0.05))), "failure"),
    "inconclusive": (lambda: replace(sound_evidence(), windows=()), "error"),
    "skipped": (
        lambda: replace(
            evidence_of_remains(sound_evidence().plan, ()),
            status=Status.SKIPPED,
            status_reason="frozen until Monday",
        ),
        "skipped",
    ),
}


@pytest.mark.parametrize(("run", "tag"), JUNIT.values(), ids=JUNIT.keys())
def test_junit_is_red_exactly_when_the_verdict_is_not_upheld(run: Run, tag: str) -> None:
    suite = junit(run())[0]
    found = {name: len(list(suite.iter(name))) for name in ("failure", "error", "skipped")}
    assert bool(found["failure"] or found["error"]) is (tag in {"failure", "error"})
    assert not tag or found[tag]
    shown = {name: int(suite.attrib[name]) for name in ("failures", "errors", "skipped")}
    assert tuple(shown.values()) == tuple(found.values())
    assert int(suite.attrib["tests"]) == len(list(suite.iter("testcase")))
    names = [case.attrib["name"] for case in suite.iter("testcase")]
    assert len(names) == len(set(names))


def test_junit_is_well_formed_on_any_input() -> None:
    sound = sound_evidence()
    experiment = replace(sound.plan.experiment, name=HOSTILE)
    plan = replace(sound.plan, experiment=experiment, run=HOSTILE)
    suite = junit(replace(sound, plan=plan, windows=(), gaps=(HOSTILE, HOSTILE)))[0]
    assert not list(suite.iter("script"))
    assert suite.attrib["name"].startswith('game-day "/><failure/>')
    assert int(suite.attrib["failures"]) == 0


def test_the_timeline_is_a_picture_of_its_own() -> None:
    sound = sound_evidence()
    experiment = replace(sound.plan.experiment, name=HOSTILE)
    evidence = replace(sound, plan=replace(sound.plan, experiment=experiment))
    text = render_all(evidence).files["timeline.svg"]
    picture = ET.fromstring(text)  # noqa: S314 - our own
    assert picture.tag == "{http://www.w3.org/2000/svg}svg"
    assert picture.attrib["width"] == "900"
    assert not list(picture.iter("{http://www.w3.org/2000/svg}script"))
    assert "url(" not in text
    assert len(text) < 60_000


PROSE = {
    "a key": ("Lower `expect.cost.at_most_ratio`.", "Lower `expect.cost.at_most_ratio`."),
    "a command": ("run `ironclad up --stage monitoring` now", None),
    "a tick alone": ("it`s *bold*", r"it\`s \*bold\*"),
    "markup between ticks": ("`<script>`", r"\`&lt;script&gt;\`"),
    "a link between ticks": ("`[x](y)`", r"\`\[x\](y)\`"),
}


@pytest.mark.parametrize(("text", "wanted"), PROSE.values(), ids=PROSE.keys())
def test_markdown_keeps_our_own_code_and_nothing_else(text: str, wanted: str | None) -> None:
    assert markdown_prose(text) == (text if wanted is None else wanted)


def test_html_makes_our_own_code_code_and_escapes_the_rest() -> None:
    assert html_prose("set `a.b` & <b>") == "set <code>a.b</code> &amp; &lt;b&gt;"
    assert html_prose("`<script>`") == "`&lt;script&gt;`"


PAGED = AlertSighting(
    name="BudgetBurnFast",
    known=True,
    firing_at_baseline=False,
    firing_at=BEGAN + timedelta(seconds=50),
    delivered_at=BEGAN + timedelta(seconds=51),
    severity="critical",
    runbook="docs/runbooks/budget-burn.md",
)


def test_an_unexpected_alert_that_fired_is_in_every_form() -> None:
    """The plan named BudgetBurnFast, which is critical, and the report never spoke of it."""
    sound = sound_evidence()
    ticket = replace(PAGED, name="BudgetBurnSlow", severity="warning")
    rendered = render_all(replace(sound, alerts=(*sound.alerts, PAGED, ticket)))

    paged, slow = rendered.report.further_alerts
    assert (paged.name, paged.would_page, slow.would_page) == ("BudgetBurnFast", True, False)
    assert rendered.report.verdict == "UPHELD"
    for name in ("report.html", "report.md"):
        assert "would have paged" in rendered.files[name]
        assert "BudgetBurnSlow" in rendered.files[name]
    assert "BudgetBurnFast would have paged unexpectedly" in rendered.files["report.html"]
    found = [one for one in rendered.report.findings if "BudgetBurnFast" in one.observation]
    assert [one.severity for one in found] == ["warning"]
    assert "BudgetBurnFast firing" in [entry.mark for entry in rendered.report.timeline]


def test_a_prediction_above_what_is_allowed_is_a_finding() -> None:
    found = document(evidence_of(Scenario(at_most_ratio=0.0005)))["findings"]
    (finding,) = [one for one in found if "expect.cost allows" in one["observation"]]
    assert finding["severity"] == "warning"


def test_the_time_to_recover_and_the_end_of_the_proof_are_two_numbers() -> None:
    """A replica that was back after 1.2 s was once called recovered after a minute."""
    away = Scenario(kind=FaultKind.REPLICA_KILL, ended=True, restart_at=30.4, at_most_ratio=0.01)
    rendered = render_all(evidence_of(away))
    recovery = rendered.report.recovery
    assert recovery.proven
    assert recovery.time_to_recover_seconds is not None
    assert recovery.seconds is not None
    assert recovery.time_to_recover_seconds < 3
    assert recovery.seconds > 30
    words = sentences.recovered(rendered.report)
    assert words.startswith("within ")
    assert "; proof complete after " in words
    for name in ("report.html", "report.md"):
        assert words in rendered.files[name]


def test_a_late_failure_counts_into_the_time_to_recover() -> None:
    sound = sound_evidence()
    assert sound.load is not None
    undone = max(one.undone_at for one in sound.faults if one.undone_at)
    late = undone.timestamp() + 4

    def changed(row: Attempt) -> Attempt:
        return replace(row, status=404) if late <= row.intended_at < late + 0.5 else row

    rows = [changed(row) for row in sound.load.attempts]
    shown = render_all(replace(sound, load=replace(sound.load, attempts=rows))).report.recovery
    quick = render_all(sound).report.recovery.time_to_recover_seconds
    assert shown.time_to_recover_seconds == pytest.approx((quick or 0) + 4.5, abs=0.2)


def test_the_box_says_what_was_put_to_the_test_and_findings_follow_it() -> None:
    files = render_all(sound_evidence()).files
    claim = "20 % errors on one replica of three cost at most 0.2 % of the month."
    for name, findings, plan in (
        ("report.html", 'id="findings"', 'id="plan"'),
        ("report.md", "## Findings", "## Plan"),
    ):
        text = files[name]
        assert text.index(claim) < text.index(findings) < text.index(plan)
        assert text.count(claim) == 1


def test_a_run_has_one_cost_and_the_others_are_explained_in_one_place() -> None:
    """An aborted run once gave four costs of one game day."""
    evidence = replace(
        evidence_of(Scenario(failing=(60.0, 100.0, 0.3))),
        status=Status.ABORTED,
        status_reason="900 bad requests spent 0.347 % of the budget",
        aborted_by="condition",
    )
    rendered = render_all(evidence)
    (first, *_) = rendered.report.budgets
    others = sentences.other_costs(rendered.report, evidence)
    assert any("in bad time" in one for one in others)
    assert any("counted live" in one for one in others)
    html = rendered.files["report.html"]
    section = html[html.index('id="budget"') : html.index('id="alerts"')]
    outside = html.replace(section, "")
    for ratio in (first.time_spent_ratio, rendered.report.faults[0].spent_ratio):
        assert formatting.percent(ratio) in section
        assert formatting.percent(ratio) not in outside


def test_an_abort_condition_deviates_by_itself_and_a_cost_that_straddles_does_not() -> None:
    sound = evidence_of(Scenario(at_most_ratio=0.00116))
    assert render_all(sound).report.verdict == "INCONCLUSIVE"
    aborted = replace(
        sound, status=Status.ABORTED, status_reason="the error ratio was", aborted_by="condition"
    )
    report_ = render_all(aborted).report
    assert report_.verdict == "DEVIATED"
    assert report_.reason.startswith("an abort condition ended it: the error ratio was")
    assert "the cost alone decides nothing" in report_.reason
    assert "straddles" in report_.reason


def test_a_cost_is_compared_with_whole_runs_that_have_one() -> None:
    """The words "cost as in the run before" once linked a run that had no cost."""
    run = past_run(report())
    crashed = replace(run, run="crashed", status="FAILED", verdict="INCONCLUSIVE", spent_ratio=None)
    aborted = replace(run, run="aborted", status="ABORTED", verdict="DEVIATED", spent_ratio=0.5)
    whole = replace(run, run="whole")
    rendered = render_all(replace(sound_evidence(), earlier=(crashed, aborted, whole)))
    compared = sentences.run_before(rendered.report)
    assert compared is not None
    assert compared.id == "whole"
    assert sentences.changed(rendered.report) == "cost as in this run"
    assert (
        'href="../whole/report.html">UPHELD</a> <small>cost as in' in rendered.files["report.html"]
    )

    alone = render_all(replace(sound_evidence(), earlier=(crashed,))).report
    assert sentences.changed(alone) == "no cost to compare"


def test_links_lead_to_the_minute_the_flow_run_the_runbook_and_the_experiment() -> None:
    sound = sound_evidence()
    experiment = replace(sound.plan.experiment, source="kind: Experiment  # mine\n")
    plan = replace(
        sound.plan, experiment=experiment, flow_run="http://127.0.0.1:4200/runs/flow-run/1"
    )
    rendered = render_all(replace(sound, plan=plan, alerts=(*sound.alerts, PAGED)))
    links = {link.name: link.href for link in rendered.report.links}
    assert links["Prometheus over this game day"].startswith("http://127.0.0.1:9090/graph?g0.expr=")
    assert links["Prefect's flow run"] == "http://127.0.0.1:4200/runs/flow-run/1"
    assert links["Runbook of BudgetBurnFast"] == "runbooks/budget-burn.md"
    assert links["The experiment as it ran"] == "experiment.yaml"
    assert rendered.files["experiment.yaml"] == "kind: Experiment  # mine\n"


def test_the_runbooks_that_a_report_links_to_lie_beside_it_wherever_it_is(tmp_path: Path) -> None:
    """The links led to a checkout two folders up: dead for a wheel, and in any other folder."""
    sound = sound_evidence()
    write_report(tmp_path / "quiet", sound)
    write_report(tmp_path / "paged", replace(sound, alerts=(*sound.alerts, PAGED)))

    page = (tmp_path / "paged" / "report.html").read_text()
    linked = re.findall(r'href="(runbooks/[^"]+)"', page)
    assert linked == ["runbooks/budget-burn.md"]
    text = (tmp_path / "paged" / linked[0]).read_text()
    for other in re.findall(r"\]\(([^)]+)\)", text):
        assert (tmp_path / "paged" / "runbooks" / other).is_file()
    assert not (tmp_path / "quiet" / "runbooks").exists()


def test_a_runbook_of_somebody_s_own_is_linked_to_where_it_is_and_a_lost_one_is_not() -> None:
    sound = sound_evidence()
    theirs = replace(PAGED, runbook="https://wiki.example.org/burn")
    lost = replace(PAGED, name="Lost", runbook="docs/runbooks/no-such.md")
    rendered = render_all(replace(sound, alerts=(*sound.alerts, theirs, lost)))
    links = {link.name: link.href for link in rendered.report.links}
    assert links["Runbook of BudgetBurnFast"] == "https://wiki.example.org/burn"
    assert "Runbook of Lost" not in links
    assert not any(name.startswith("runbooks/") for name in rendered.files)


@pytest.mark.parametrize(
    "href",
    ["javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", "//evil", "http://", "a b"],
)
def test_a_strangers_link_is_left_out(href: str) -> None:
    sound = sound_evidence()
    evil = replace(PAGED, runbook=href)
    rendered = render_all(
        replace(sound, plan=replace(sound.plan, flow_run=href), alerts=(*sound.alerts, evil))
    )
    assert "Prefect's flow run" not in [link.name for link in rendered.report.links]
    assert 'href="javascript' not in rendered.files["report.html"]


@pytest.mark.parametrize("kind", [kind for kind in FaultKind if kind.spec.is_instant])
def test_every_instant_is_asked_for_its_way_back_and_for_no_share(kind: FaultKind) -> None:
    """The page once gave the database's end a share of the requests, and called it armed."""
    page = render_all(evidence_of(Scenario(kind=kind, ended=True))).files["report.html"]
    assert "ended, seen, all back" in str(page)
    assert "armed, seen, undone" not in str(page)
