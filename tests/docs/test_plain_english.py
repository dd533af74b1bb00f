"""Plain English: short sentences and the field's own words, on every page."""

import ast
import re
from collections.abc import Iterator
from inspect import cleandoc
from pathlib import Path

import pytest

from tests.docs.prose import length, sentences, without_code
from tests.places import ROOT

pytestmark = pytest.mark.data

MOST_WORDS = 25
OTHERS = ("README.md", "CONTRIBUTING.md", "SECURITY.md", "game_days/README.md")
PAGES = sorted([*(ROOT / "docs").rglob("*.md"), *(ROOT / name for name in OTHERS)])
EVERY_PAGE = pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
FIELD_WORDS = {
    "told": "notified, reported, named or received",
    "foretold foretell foretells": "predicted, predict",
    "nobody whoever": "no one, or who it is",
    "heed heeds heeded heeding": "check",
    "struck strike strikes striking": "terminate a replica, remove an entry, apply a fault",
    "wish wishes wished": "spec, request",
    "tending insisting": "run_beside, retry_until",
    "bury buries buried burying": "finalize",
    "trouble troubles": "cause, fault or failure",
    "door doors": "service address, endpoint, port",
    "room rooms": "headroom, capacity, in-flight limit",
    "heard hear hears hearing": "received, abort requests",
    "burden burdens leash": "stressor, lease",
    "seeing": "effect",
    "wholeness likeness": "replica_readiness, platform_state",
    "feed feeds feeding fed": "renew",
    "lasting": "platform change",
}
"""Words that the project once had for words of the field, and these."""

_FORMS = " ".join(FIELD_WORDS).split()
_TITLES = "|".join(each.capitalize() for each in _FORMS)
AVOIDED = re.compile(
    rf"(?<![A-Za-z])(?i:{'|'.join(_FORMS)})(?![A-Za-z])"
    rf"|(?<=[a-z])(?:{_TITLES})(?![a-z])|(?<![A-Za-z])(?:{_TITLES})(?=[A-Z])"
)
"""Whole words, also as a part of a name in snake_case or CamelCase."""

ALLOWED = re.compile(r"""["'/:. ]nobody["'/]|: nobody$|and nobody\.|parser\.feed|_stream\.feed""")
"""A system's account, a receiver's name, methods of libraries."""

SOURCES = sorted(
    path
    for folder in (
        *["ironclad", "flows", "tasks", "backend", "trials", "tools", "tests"],
        "game_days",
    )
    for path in (ROOT / folder).rglob("*")
    if path.suffix in {".py", ".j2", ".css", ".yaml", ".sh"} and path != Path(__file__)
)
MEASURED = re.compile(r"<!-- (?:begin: )?([\w-]+) -->.*?<!-- (?:end: |/)\1 -->", re.DOTALL)
"""A command wrote it there: its words are those of the day."""


def avoided_words(text: str) -> list[str]:
    return [line for line in text.splitlines() if AVOIDED.search(ALLOWED.sub("", line))]


def read(page: Path) -> str:
    return MEASURED.sub("", page.read_text(encoding="utf-8"))


@EVERY_PAGE
def test_no_sentence_is_too_long_to_read_once(page: Path) -> None:
    assert [each for each in sentences(read(page)) if length(each) > MOST_WORDS] == []


@EVERY_PAGE
def test_no_page_uses_a_word_of_our_own_for_a_word_of_the_field(page: Path) -> None:
    assert avoided_words(without_code(read(page))) == []


def test_no_name_comment_or_message_uses_one_either() -> None:
    found = {str(path.relative_to(ROOT)): avoided_words(path.read_text()) for path in SOURCES}
    assert {path: lines for path, lines in found.items() if lines} == {}


def docstrings(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        match node:
            case ast.Expr(ast.Constant(str(text))) if "├" not in text:
                yield cleandoc(text).partition("Args:")[0]


@pytest.mark.parametrize("folder", ["ironclad", "flows", "tasks", "backend"])
def test_no_sentence_of_a_docstring_is_either(folder: str) -> None:
    found = (each for path in (ROOT / folder).rglob("*.py") for each in docstrings(path))
    assert [one for text in found for one in sentences(text) if length(one) > MOST_WORDS] == []


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


def test_a_long_sentence_would_be_found() -> None:
    assert length("word " * 26) > MOST_WORDS


@pytest.mark.parametrize(
    "planted", ["# Whoever comes", "is_told = 1", "class StruckReplicas:", "FED = 2", "NoRoomError"]
)
def test_a_planted_word_is_found_in_prose_and_names(planted: str) -> None:
    assert avoided_words(planted) == [planted]


@pytest.mark.parametrize("fine", ["a control group", "a bedroom", 'as_user("nobody")', "federated"])
def test_a_word_of_the_field_is_not(fine: str) -> None:
    assert avoided_words(fine) == []
