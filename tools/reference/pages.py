"""Which page is made by what."""

from collections.abc import Callable, Mapping
from pathlib import Path

from ironclad.settings import PROJECT
from tools.reference import settings

FOLDER = PROJECT / "docs" / "reference"

PAGES: Mapping[Path, Callable[[], str]] = {
    FOLDER / "settings.md": settings.page,
}
