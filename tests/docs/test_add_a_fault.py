"""The page `add-a-fault` names each file that a new kind touches: a dummy is added to these."""

import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.places import ROOT

PAGE = ROOT / "docs/contributing/add-a-fault.md"
COPIED = ("backend", "game_days", "ironclad", "tools", "monitoring")

CATALOGUE = "ironclad/domain/faults/catalogue.py"
ANCHOR_OF_KINDS = "    POSTGRES_DOWN = (\n"
IN_BACKEND = {
    "backend/chaos/faults.py": (
        "def check_range(",
        '@dataclass(frozen=True)\nclass Dummy:\n    kind: ClassVar[str] = "dummy"\n\n\n',
    ),
    "backend/chaos/kinds.py": ("    for kind in (\n", ""),
    CATALOGUE: (ANCHOR_OF_KINDS, '    DUMMY = "dummy", NOT_READY[1]\n'),
}
ON_PLATFORM = {
    CATALOGUE: (ANCHOR_OF_KINDS, '    DUMMY = "dummy", REPLICA_PAUSE[1]\n'),
    "ironclad/adapters/local/changes.py": (
        "            FaultKind.POSTGRES_DOWN:",
        "            FaultKind.DUMMY: Pause(supervisor, folder),\n",
    ),
    "ironclad/adapters/kubernetes/game_day/changes.py": (
        "            FaultKind.POSTGRES_DOWN:",
        "            FaultKind.DUMMY: self._down,\n",
    ),
}
FURTHER = {
    "backend/chaos/kinds.py": {
        "    for kind in (\n": "    for kind in (\n        Dummy,\n",
        "import BreakerOpen, Error": "import BreakerOpen, Dummy, Error",
    },
}
USED = """
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

from ironclad.adapters.experiments.reader import experiment_schema_text, parse_experiment
from ironclad.adapters.kubernetes.game_day.changes import KubernetesChanges
from ironclad.adapters.local.changes import LocalChanges
from ironclad.cli.commands.new_experiment import text_of
from ironclad.domain.experiment.plan import PlannedFault
from ironclad.domain.experiment.targets import targets_of
from ironclad.domain.faults.catalogue import FaultKind
from ironclad.domain.stack.stack import Replica
from ironclad.game_day.phases.injection import fault_at_work
from tools.reference import faults

kind = FaultKind("dummy")
experiment = parse_experiment(Path("dummy.yaml"), text_of("dummy", "sre", kind))
(fault,) = experiment.faults
planned = PlannedFault(fault=fault, targets=targets_of(fault, [Replica("one", "")]))
print(type(fault_at_work(None, planned)).__name__)
Path("game_days/experiment.schema.json").write_text(experiment_schema_text())
assert "### `dummy`" in faults.body()
if kind.spec.in_backend:
    from backend.chaos.kinds import KINDS
    assert set(KINDS) == {one for one in FaultKind if one.spec.in_backend}
else:
    api = SimpleNamespace(context="here")
    for changes in (LocalChanges(None, Path("a"), Path("b")), KubernetesChanges(api, "a", "b")):
        assert kind in changes._changes
"""


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    for name in COPIED:
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path


def named(heading: str) -> set[str]:
    """Give the files in the first table below a heading of the page."""
    section = PAGE.read_text().partition(f"## {heading}\n")[2].partition("\n## ")[0]
    return set(re.findall(r"^\| `([^`]+)` \|", section, re.MULTILINE))


def add(copy: Path, changes: Mapping[str, tuple[str, str]]) -> None:
    for name, (anchor, added) in changes.items():
        edits = {anchor: added + anchor} | FURTHER.get(name, {})
        text = (copy / name).read_text()
        for old, new in edits.items():
            assert old in text, f"{name} has no {old!r}"
            text = text.replace(old, new, 1)
        (copy / name).write_text(text)


WAYS = {
    "A fault in the backend": (IN_BACKEND, "LeasedFault"),
    "A fault on the platform": (ON_PLATFORM, "PlatformChangeFault"),
}


@pytest.mark.parametrize("heading", WAYS)
def test_a_new_kind_touches_just_the_files_that_the_page_names(copy: Path, heading: str) -> None:
    changes, runner = WAYS[heading]
    assert named(heading) == changes.keys()

    add(copy, changes)

    command = [sys.executable, "-c", USED]
    environment = {"PYTHONPATH": str(copy), "PATH": "/usr/bin:/bin", "HOME": str(copy)}
    done = subprocess.run(  # noqa: S603 - our own
        command, cwd=copy, env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stdout.strip()) == (0, runner), done.stderr
