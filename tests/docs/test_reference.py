"""The reference pages: made from the code, and current."""

from pathlib import Path

import pytest

from tools.reference.pages import PAGES

pytestmark = pytest.mark.data


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_the_page_is_as_the_code_makes_it(path: Path) -> None:
    assert path.read_text() == PAGES[path].text(), "run `python -m tools.reference`"


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_every_row_says_what_it_is_about(path: Path) -> None:
    empty = [row for row in path.read_text().splitlines() if row.endswith("|  |")]
    assert empty == []
