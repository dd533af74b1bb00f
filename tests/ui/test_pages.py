"""Report and index as people see them: on a desk and on a phone, by day and by night, on paper."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, Literal

import pytest
from playwright.sync_api import Browser, Page, ViewportSize

from ironclad.domain.evidence.evidence import Evidence
from ironclad.domain.history.past_run import PastRun
from ironclad.domain.judging.remains import evidence_of_remains
from ironclad.report.formats.index import IndexPage, index_of
from ironclad.report.formats.rendering import render_all
from ironclad.report.model.past import past_run
from tests.fakes.game_day.evidence import Scenario, evidence_of, sound_evidence

Scheme = Literal["light", "dark"]
LOOKS: dict[str, tuple[int, Scheme]] = {
    "desk, by day": (1280, "light"),
    "desk, by night": (1280, "dark"),
    "phone, by day": (360, "light"),
    "phone, by night": (360, "dark"),
}
EVERY_LOOK = pytest.mark.parametrize(("width", "scheme"), LOOKS.values(), ids=LOOKS.keys())
ALERTED = Scenario(must=("HighErrorRate",), fires_at=50.0, failing=(50.0, 80.0, 0.05))


def earlier(run: PastRun) -> tuple[PastRun, ...]:
    return tuple(
        replace(
            run,
            run=f"202611{day:02}T100000Z-error-burst-00ff",
            started_at=run.started_at - timedelta(days=23 - day),
        )
        for day in range(22, 2, -1)
    )


def own_run(evidence: Evidence) -> PastRun:
    return past_run(json.loads(render_all(evidence).files["report.json"]))


def long_names() -> Evidence:
    """Names as long as they may be, without a place to break them."""
    sound = sound_evidence()
    experiment = replace(sound.plan.experiment, name="x" * 60, owner="o" * 200)
    return replace(sound, plan=replace(sound.plan, experiment=experiment), gaps=("g" * 300,))


def whole() -> Evidence:
    evidence = evidence_of(ALERTED)
    return replace(evidence, earlier=earlier(own_run(evidence)))


def report(evidence: Callable[[], Evidence]) -> Callable[[], str]:
    return lambda: render_all(evidence()).files["report.html"]


def index() -> str:
    run = own_run(sound_evidence())
    return index_of(
        IndexPage(
            runs=[run, *earlier(run), replace(run, experiment="y" * 60, verdict="DEVIATED")],
            damaged=[("20261101T100000Z-error-burst-0bad", "report.json cannot be read: no such")],
            experiments=["error-burst", "never-ran"],
            now=datetime(2026, 12, 24, tzinfo=UTC),
        )
    )


PAGES: dict[str, Callable[[], str]] = {
    "a whole report": report(whole),
    "a deviation": report(lambda: evidence_of(Scenario(failing=(90.0, 138.0, 0.05)))),
    "a runner that died": report(lambda: evidence_of_remains(sound_evidence().plan, ())),
    "long names": report(long_names),
    "the index": index,
    "an empty index": lambda: index_of(
        IndexPage(runs=[], damaged=[], experiments=[], now=datetime(2026, 12, 24, tzinfo=UTC))
    ),
}
EVERY_PAGE = pytest.mark.parametrize("html", PAGES.values(), ids=PAGES.keys())


@cache
def made(html: Callable[[], str]) -> str:
    return html()


@pytest.fixture
def page(
    browser: Browser, tmp_path: Path, html: Callable[[], str], width: int, scheme: Scheme
) -> Iterator[Page]:
    path = tmp_path / "page.html"
    path.write_text(made(html), encoding="utf-8")
    context = browser.new_context(
        viewport=ViewportSize(width=width, height=900),
        color_scheme=scheme,
        bypass_csp=True,  # the rules are put into the page; the page itself runs no script
        offline=True,
    )
    opened = context.new_page()
    opened.goto(path.as_uri())
    yield opened
    context.close()


WIDER = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
CUT = """() => [...document.querySelectorAll('td, th, dd, dt, p, h1, h2, h3, li, figcaption')]
  .filter(one => !one.closest('.scroll') && one.getBoundingClientRect().right > innerWidth + 1)
  .map(one => one.outerHTML.slice(0, 200))"""
HIDDEN = """() => [...document.querySelectorAll('.scroll')]
  .filter(one => one.scrollWidth > one.clientWidth + 1)
  .filter(one => getComputedStyle(one).overflowX !== 'auto' || one.tabIndex !== 0)
  .map(one => one.outerHTML.slice(0, 200))"""


@EVERY_LOOK
@EVERY_PAGE
def test_nothing_is_cut_and_the_page_never_scrolls_sideways(page: Page) -> None:
    assert page.evaluate(WIDER) == 0
    assert page.evaluate(CUT) == []
    assert page.evaluate(HIDDEN) == []


@EVERY_LOOK
@EVERY_PAGE
def test_axe_finds_nothing(page: Page, axe: str) -> None:
    page.evaluate(axe)
    result: dict[str, Any] = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    found = [
        f"{rule['id']}: {node['html'][:200]}"
        for rule in result["violations"]
        for node in rule["nodes"]
    ]
    assert found == []
    assert result["passes"]


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light")])
@pytest.mark.parametrize("html", [PAGES["a whole report"]])
def test_it_prints_on_a_few_sheets(page: Page) -> None:
    """Tables must not be cut at the edge of the paper: in print nothing scrolls."""
    page.emulate_media(media="print")
    page.set_viewport_size({"width": 720, "height": 1000})
    assert page.evaluate(WIDER) <= 1
    sheets = page.pdf(format="A4").count(b"/Type /Page\n")
    assert 2 <= sheets <= 12
