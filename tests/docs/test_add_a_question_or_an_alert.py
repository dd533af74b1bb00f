"""The pages name each file that a plan question and an alert touch: a dummy is added to them."""

import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.places import ROOT

DUMMY_ALERT = """\
def _dummy(tempo: Tempo) -> Rule:
    return replace(_high_error_rate(tempo), alert="Dummy")


"""
ASKED = """\
from ironclad.game_day.planning.making import QUESTIONS
print("dummy" in [one.__name__ for one in QUESTIONS])
"""
FOUND = """\
from ironclad.domain.alerting.alert_table import alert_group
print("Dummy" in [one.alert for one in alert_group().rules])
"""
Edits = Mapping[str, tuple[tuple[str, str], ...]]

QUESTION: Edits = {
    "ironclad/game_day/planning/feasibility.py": (
        (
            "async def disruption_budget(",
            'async def dummy(scope: Scope) -> Found:\n    return Found(reasons=("no",))\n\n\n',
        ),
    ),
    "ironclad/game_day/planning/making.py": (
        ("doses, feasible", "dummy, "),
        ("    feasible,\n", "    dummy,\n"),
    ),
}
ALERT: Edits = {
    "ironclad/domain/alerting/alert_table.py": (
        (
            "def _high_error_rate(",
            DUMMY_ALERT,
        ),
        ("        _high_error_rate(tempo),\n", "        _dummy(tempo),\n"),
        ("from datetime import timedelta\n", "from dataclasses import replace\n"),
    ),
}
PAGES = {
    "add-a-plan-question.md": (
        QUESTION,
        ASKED,
    ),
    "add-an-alert.md": (
        ALERT,
        FOUND,
    ),
}


@pytest.mark.parametrize("page", PAGES)
def test_an_addition_touches_just_the_files_that_its_page_names(tmp_path: Path, page: str) -> None:
    edits, use = PAGES[page]
    table = (ROOT / "docs/contributing" / page).read_text()
    assert set(re.findall(r"^\| `([^`]+)` \|", table, re.MULTILINE)) == edits.keys()

    shutil.copytree(ROOT / "ironclad", tmp_path / "ironclad")
    for name, pairs in edits.items():
        text = (tmp_path / name).read_text()
        for anchor, added in pairs:
            assert anchor in text, f"{name} has no {anchor!r}"
            text = text.replace(anchor, added + anchor, 1)
        (tmp_path / name).write_text(text)

    done = subprocess.run(  # noqa: S603 - our own
        [sys.executable, "-c", use],
        cwd=tmp_path,
        env={"PYTHONPATH": str(tmp_path), "PATH": "/usr/bin:/bin", "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.stdout.strip() == "True", done.stderr
