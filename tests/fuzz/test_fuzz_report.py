"""No word from outside becomes anything but a word: no element, no attribute, no row, no link."""

import json
import re
import xml.etree.ElementTree as ET
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from html.parser import HTMLParser

from hypothesis import example, given
from hypothesis import strategies as st

from ironclad.domain.evidence.evidence import Evidence
from ironclad.domain.evidence.journal import Mark, Status
from ironclad.domain.judging.remains import evidence_of_remains
from ironclad.report.formats.index import IndexPage, index_of
from ironclad.report.formats.rendering import render_all
from ironclad.report.model.past import past_run
from tests.fakes.game_day.evidence import sound_evidence
from tests.fuzz.amount import fuzzed
from tests.fuzz.tally import note

AT = datetime(2026, 11, 23, 10, 1, tzinfo=UTC)
ROWS = 200
PLAIN = "word"
PIECES = [
    *(
        "<script>alert(1)</script>",
        "</title><script>",
        "<img src=x onerror=alert(1)>",
        "<svg onload=",
    ),
    *('" onmouseover="alert(1)', "' onfocus='x", "javascript:alert(1)", "[x](javascript:alert(1))"),
    *("]]>", "<!--", "-->", "</style>", "{{ 7*7 }}", "{% raw %}", "&lt;", "&#x3c;", "`", "|", "\\"),
    *(
        "\n# title",
        "\n\n---\n",
        "\r",
        "\t",
        "\0",
        "\x1b[31m",
        "\u202e",
        "\u2028",
        "\ud800",
        "=cmd|",
    ),
]
WORDS = st.lists(st.sampled_from(PIECES) | st.text(max_size=8), min_size=1, max_size=5).map(
    lambda parts: "w" + "".join(parts)
)


class Outline(HTMLParser):
    """The elements of a page, each with the names of its attributes, and where it leads."""

    def __init__(self) -> None:
        super().__init__()
        self.elements: list[tuple[str, tuple[str, ...]]] = []
        self.ways: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if (tag, attrs) != ("code", []):  # what stands in backticks; anybody's may
            self.elements.append((tag, tuple(name for name, _ in attrs)))
        self.ways |= {str(value) for name, value in attrs if name in {"href", "src", "action"}}


def outline(page: str) -> Outline:
    parser = Outline()
    parser.feed(page)
    parser.close()
    return parser


@cache
def short() -> Evidence:
    """A run of a few requests: rendering is what is tried here, not counting."""
    sound = sound_evidence()
    assert sound.load is not None
    return evidence_of_remains(sound.plan, sound.marks[:6], sound.load.attempts[:ROWS])


def saying(word: str) -> Evidence:
    """Put the word wherever one from outside can stand."""
    evidence = short()
    assert evidence.load is not None
    experiment = replace(evidence.plan.experiment, hypothesis=word, owner=word)
    plan = replace(evidence.plan, experiment=experiment, who=word, why=word, warnings=(word,))
    rows = tuple(
        replace(row, replica=word, error=word, order_id=word, idempotency_key=word)
        for row in evidence.load.attempts
    )
    return replace(
        evidence,
        plan=plan,
        load=replace(evidence.load, attempts=rows, reason=word),
        status=Status.ABORTED,
        status_reason=word,
        aborted_by=word,
        marks=(*evidence.marks, Mark(AT, word, word)),
        faults=tuple(replace(each, problem=word) for each in evidence.faults),
        gaps=(word,),
    )


@cache
def plainly() -> dict[str, str]:
    return dict(render_all(saying(PLAIN)).files)


@fuzzed
@given(word=WORDS)
@example(word="w" + "".join(PIECES))
def test_a_word_from_outside_stays_a_word(word: str) -> None:
    files = dict(render_all(saying(word)).files)

    note("words in a report")
    page, plain = outline(files["report.html"]), outline(plainly()["report.html"])
    assert page.elements == plain.elements
    assert page.ways == plain.ways
    assert markdown_is_harmless(files["report.md"])
    for name, text in files.items():
        assert "\0" not in text
        assert "\x1b" not in text
        if name.endswith(".xml"):
            ET.fromstring(text)  # noqa: S314 - it is ours


def markdown_is_harmless(text: str) -> bool:
    """No line more, no element, no link of the word's making."""
    plain = plainly()["report.md"]
    same_lines = len(text.splitlines()) == len(plain.splitlines())
    same_elements = _elements(text) == _elements(plain)
    return same_lines and same_elements and "](" not in text.replace("\\]", "")


def _elements(text: str) -> list[str]:
    """Give what stands between pointed brackets: the report's own links, and nothing else."""
    return re.findall(r"<[^>]*>?", text.replace("\\<", ""))


def index_saying(word: str) -> str:
    report = json.loads(plainly()["report.json"])
    run = past_run({**report, "reason": word, "experiment": word, "verdict": "INCONCLUSIVE"})
    page = IndexPage(runs=[run], damaged=[(word, word)], experiments=[word], now=AT)
    return index_of(page)


@fuzzed
@given(word=WORDS)
@example(word="w" + "".join(PIECES))
def test_a_word_from_a_report_stays_a_word_on_the_page_of_all_runs(word: str) -> None:
    text = index_saying(word)

    note("words on the index")
    page, plain = outline(text), outline(index_saying(PLAIN))
    assert page.elements == plain.elements
    assert page.ways == plain.ways
    assert "\0" not in text
