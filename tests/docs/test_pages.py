"""The pages: links lead somewhere, commands exist, and what is made from code is current."""

import re
from pathlib import Path

import pytest

from ironclad.domain.experiment.safeguards import SafeguardName
from ironclad.domain.faults.catalogue import FaultKind
from tests.places import ROOT
from tools.reference.cli import groups_and_commands

pytestmark = pytest.mark.data

OTHERS = ("README.md", "CONTRIBUTING.md", "SECURITY.md", "game_days/README.md")
PAGES = sorted([*(ROOT / "docs").rglob("*.md"), *(ROOT / name for name in OTHERS)])
EVERY_PAGE = pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")
COMMAND = re.compile(r"`(?:\.venv/bin/)?ironclad ([a-z][a-z -]*)")


@EVERY_PAGE
def test_every_link_leads_somewhere(page: Path) -> None:
    targets = [link for link in LINK.findall(page.read_text()) if "://" not in link]
    assert [link for link in targets if not (page.parent / link).exists()] == []


def anchors(page: Path) -> set[str]:
    """Give what a page's headings are called in addresses, as the forges make it."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", one.lower()).replace(" ", "-") for one in headings}


@EVERY_PAGE
def test_every_anchor_is_a_heading(page: Path) -> None:
    for link, anchor in re.findall(r"\]\(([^)#\s:]*)#([^)\s]+)\)", page.read_text()):
        target = page.parent / link if link else page
        assert anchor in anchors(target), f"{link}#{anchor}"


def test_every_picture_is_small_and_shown() -> None:
    shown = {Path(link).name for page in PAGES for link in LINK.findall(page.read_text())}
    for picture in (ROOT / "docs/pictures").iterdir():
        assert picture.stat().st_size <= 150_000, picture
        assert picture.name in shown, f"{picture.name} is shown nowhere"


KNOWN = {path for path, _ in groups_and_commands()}


@EVERY_PAGE
def test_every_command_exists(page: Path) -> None:
    for words in COMMAND.findall(page.read_text()):
        first, *rest = words.split()
        assert (first,) in KNOWN, words
        if any(len(known) > 1 and known[0] == first for known in KNOWN) and rest:
            assert (first, rest[0]) in KNOWN or rest[0].startswith("-"), words


def test_every_safeguard_is_explained() -> None:
    text = (ROOT / "docs/reference/safeguards.md").read_text()
    assert all(f"| `{name}` |" in text for name in SafeguardName)


def test_every_experiment_has_a_row() -> None:
    text = (ROOT / "game_days/README.md").read_text()
    for path in (ROOT / "game_days").glob("*.yaml"):
        assert f"| `{path.name}` |" in text


def test_every_kind_of_fault_has_a_row_and_a_section() -> None:
    text = (ROOT / "docs/reference/faults.md").read_text()
    for kind in FaultKind:
        assert f"| [`{kind}`](#{kind}) |" in text
        assert f"### `{kind}`" in text


FILE = re.compile(r"`((?:backend|benchmarks|game_days|ironclad|tests|tools)/[\w./-]+\.\w+)`")


@EVERY_PAGE
def test_every_file_that_a_page_names_is_there(page: Path) -> None:
    named = [name for name in FILE.findall(page.read_text()) if "/NAME." not in name]
    assert [name for name in named if not (ROOT / name).exists()] == []
