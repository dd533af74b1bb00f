"""A page names each file that an addition touches: a dummy is added to these in a copy."""

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
COPIED = ("ironclad", "tasks", "tools", "monitoring", "game_days")
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
OPENER = """\
from contextlib import nullcontext
from ironclad.wiring.platforms.opener import Opener

class DummyOpener(Opener):
    def open_toolbox(self, ref, target): return nullcontext()
    def kept(self, ref, setting): return nullcontext()
    def janitor_place(self, ref): return None
    def stacks(self): return ()

OPENER = DummyOpener()
"""
KNOWN = """\
from pydantic import TypeAdapter
from ironclad import wiring
from ironclad.cli.terminal.completion import platforms
from tasks.parameters import Platform
from tools.dashboards.panels import EVERYWHERE
ref = wiring.named(TypeAdapter(Platform).validate_python("dummy"), "shop")
deployments = {each["parameters"]["platform"] for each in wiring.listed("dummy").entries}
print(
    str(ref) == "dummy/shop" and wiring.demand_known(wiring.named("dummy", "demo")).name == "demo"
    and platforms("d") == ["dummy"] and deployments == {"dummy"} and "dummy" in EVERYWHERE
    and "dummy" in TypeAdapter(Platform).json_schema()["enum"]
)
"""
DUMMY_ROW = """\
    PlatformName("dummy"): PlatformSpec(
        opener="ironclad.wiring.platforms.dummy",
        is_on_this_machine=True,
    ),
"""
PLATFORM: Edits = {
    "ironclad/domain/stack/platforms.py": (
        (
            "    KUBERNETES: PlatformSpec(",
            DUMMY_ROW,
        ),
    ),
    "ironclad/wiring/platforms/dummy.py": (("", OPENER),),
    "pyproject.toml": (("kubernetes | local", "dummy | "),),
}
DUMMY_KIND = """\
    DUMMY = (
        "dummy",
        SliSpec(
            bad="empty",
            counts_failures=False,
            bad_of=lambda attempts, _: sum(row.status == 204 for row in attempts),
            bad_in=attrgetter("unexpected"),
        ),
    )
"""
JUDGED = """\
from pathlib import Path
from types import SimpleNamespace
from ironclad.adapters.experiments.objectives import read_objective
from ironclad.domain.alerting.rules import REAL_TIME
from ironclad.domain.alerting.slo_rules import records
from ironclad.domain.experiment.abort import allowance_spent
from ironclad.domain.experiment.experiment import Cost
from ironclad.domain.judging.counts.reconciliation import judged_counts

text = Path("monitoring/slos/orders-availability.yaml").read_text()
Path("dummy.yaml").write_text(
    text.replace("  annotations:", '  annotations:\\n    ironclad.dev/dummy: "yes"', 1)
)
objective = read_objective(Path("dummy.yaml"))
rows = [SimpleNamespace(status=status, is_bad=True) for status in (204, 500)]
second = SimpleNamespace(unexpected=7, failed=0, slow=0, ok=9)
cost = Cost(objective=objective.name, at_most_ratio=0.0)
names = {rule.record for rule in records(objective, REAL_TIME)}
print(
    judged_counts(rows, objective).bad == 1
    and "7 empty requests" in allowance_spent(cost, [second], [objective])
    and not objective.counts_failures
    and "slo:bad_events:rate" in names and "slo:game_day_bad_events:rate" not in names
)
"""
SLI: Edits = {
    "ironclad/domain/slo/sli.py": (("    LATENCY = (\n", DUMMY_KIND),),
    "ironclad/domain/slo/slo.py": (
        ("\n    @property\n    def sli", "    is_dummy: bool = False\n"),
        (
            "        return Sli.AVAILABILITY if",
            "        if self.is_dummy:\n            return Sli.DUMMY\n",
        ),
    ),
    "ironclad/adapters/experiments/objectives.py": (
        (
            '    threshold: str | None = Field(alias="ironclad.dev/latency',
            '    dummy: str | None = Field(alias="ironclad.dev/dummy", default=None)\n',
        ),
        (
            "            latency_threshold=_optional(",
            "            is_dummy=self.metadata.annotations.dummy is not None,\n",
        ),
    ),
}
PAGES = {
    "add-a-platform.md": (PLATFORM, KNOWN),
    "add-an-sli-source.md": (SLI, JUDGED),
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
    table = table.partition("\n## ")[0].replace("NAME", "dummy")
    assert set(re.findall(r"^\| `([^`]+)` \|", table, re.MULTILINE)) == edits.keys()

    for name in COPIED:
        shutil.copytree(ROOT / name, tmp_path / name)
    for name in ("pyproject.toml", "prefect.yaml"):
        shutil.copy(ROOT / name, tmp_path)
    for name, pairs in edits.items():
        file = tmp_path / name
        text = file.read_text() if file.exists() else ""
        for anchor, added in pairs:
            assert anchor in text, f"{name} has no {anchor!r}"
            text = text.replace(anchor, added + anchor, 1)
        file.write_text(text)

    done = subprocess.run(  # noqa: S603 - our own
        [sys.executable, "-c", use],
        cwd=tmp_path,
        env={"PYTHONPATH": str(tmp_path), "PATH": "/usr/bin:/bin", "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
    )
    assert done.stdout.strip() == "True", done.stderr
