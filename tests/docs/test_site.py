"""The site: it builds strictly, shows every page, and loads nothing from elsewhere."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.fakes.stack.site import build, built_site
from tests.places import ROOT

pytestmark = pytest.mark.data

DOCS = ROOT / "docs"
LOADED = re.compile(r"<(?:script|img|iframe|source)\b[^>]*\bsrc=\"?https?://[^\">]*")
LINKED = re.compile(r"<link\b[^>]*\bhref=\"?https?://[^\">]*")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return built_site(tmp_path_factory.mktemp("site"))


def test_the_strict_build_makes_every_page(site: Path) -> None:
    pages = {page.relative_to(DOCS).with_suffix("") for page in DOCS.rglob("*.md")}
    made = {page.relative_to(site).with_suffix("") for page in site.rglob("*.html")}
    assert pages <= made


def test_no_page_loads_anything_from_elsewhere(site: Path) -> None:
    for page in site.rglob("*.html"):
        text = page.read_text(encoding="utf-8")
        assert LOADED.findall(text) + LINKED.findall(text) == [], page.name


@pytest.mark.parametrize("link", ["no-such-page.md", "index.md#no-such-heading"])
def test_a_link_that_leads_nowhere_ends_the_build(link: str, tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs/index.md").write_text(f"# A page\n\n[A link]({link}).\n")
    (tmp_path / "mkdocs.yml").write_text("site_name: a site\ntheme: {font: false}\n")
    assert build(tmp_path).returncode != 0


def named(nav: Any) -> Iterator[str]:
    match nav:
        case str():
            yield nav
        case dict():
            yield from named(list(nav.values()))
        case list():
            for each in nav:
                yield from named(each)


def test_the_navigation_names_each_page_once() -> None:
    nav = yaml.safe_load((ROOT / "mkdocs.yml").read_text())["nav"]
    pages = sorted(str(page.relative_to(DOCS)) for page in DOCS.rglob("*.md"))
    assert sorted(named(nav)) == pages
