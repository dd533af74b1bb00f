"""The site of docs/, built in a folder of a test's own."""

import shutil
import subprocess
from pathlib import Path

from tests.fakes.stack.product import BIN
from tests.places import ROOT


def build(folder: Path) -> subprocess.CompletedProcess[str]:
    """Build what is in the folder, strictly."""
    words = [str(BIN / "zensical"), "build", "--strict", "--clean"]
    return subprocess.run(  # noqa: S603 - the builder of our own site
        words, cwd=folder, capture_output=True, text=True, timeout=60, check=False
    )


def built_site(folder: Path) -> Path:
    """Build the pages as they are, and give the folder of the site."""
    shutil.copy(ROOT / "mkdocs.yml", folder)
    shutil.copytree(ROOT / "docs", folder / "docs")
    ended = build(folder)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return folder / "build/site"
