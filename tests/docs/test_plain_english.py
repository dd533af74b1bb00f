"""Plain English: short sentences and the field's own words, on every page."""

import re
from pathlib import Path

import pytest

from tests.docs.prose import length, sentences, without_code
from tests.places import ROOT

pytestmark = pytest.mark.data

MOST_WORDS = 25
OTHERS = ("README.md", "CONTRIBUTING.md", "SECURITY.md", "game_days/README.md")
PAGES = sorted([*(ROOT / "docs").rglob("*.md"), *(ROOT / name for name in OTHERS)])
EVERY_PAGE = pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
AVOIDED = re.compile(
    r"\b(told|foretold|foretell\w*|nobody|whoever|heed\w*|struck|wish\w*|tending)\b",
    re.IGNORECASE,
)
MEASURED = re.compile(r"<!-- (?:begin: )?([\w-]+) -->.*?<!-- (?:end: |/)\1 -->", re.DOTALL)
"""A command wrote it there: its words are those of the day."""


def read(page: Path) -> str:
    return MEASURED.sub("", page.read_text(encoding="utf-8"))


@EVERY_PAGE
def test_no_sentence_is_too_long_to_read_once(page: Path) -> None:
    assert [each for each in sentences(read(page)) if length(each) > MOST_WORDS] == []


@EVERY_PAGE
def test_no_page_uses_a_word_of_our_own_for_a_word_of_the_field(page: Path) -> None:
    lines = without_code(read(page)).splitlines()
    assert [line for line in lines if AVOIDED.search(line)] == []


@EVERY_PAGE
def test_every_page_asks_its_question_below_its_title(page: Path) -> None:
    if "docs" not in page.relative_to(ROOT).parts or page.parent.name == "runbooks":
        return
    title, _, question = read(page).partition("\n\n")
    assert title.startswith("# ")
    assert re.match(r"\*[^*]+\?\*\n", question), question[:80]


def test_sentences_are_found_in_lists_and_paragraphs_and_nowhere_else() -> None:
    text = "# A title\n\nOne here. Two\nhere, `with code.` in it.\n\n- Three.\n- Four.\n\n| no |\n"
    assert list(sentences(text)) == ["One here.", "Two here, CODE in it.", "Three.", "Four."]


def test_a_long_sentence_and_an_avoided_word_would_be_found() -> None:
    assert length("word " * 26) > MOST_WORDS
    assert AVOIDED.search("Whoever is told.")
    assert not AVOIDED.search("A control group")
