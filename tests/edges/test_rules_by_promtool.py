"""The rules as Prometheus' own tool judges them."""

import asyncio
import subprocess
from pathlib import Path

import pytest

from ironclad.adapters.tools import PROMETHEUS, Toolbox, companion
from ironclad.settings import settings

pytestmark = pytest.mark.data

MONITORING = Path(__file__).parents[2] / "monitoring"
TESTS = sorted((MONITORING / "rules/tests").glob("*_test.yml"))


@pytest.fixture(scope="module")
def promtool() -> Path:
    """Take the one that lies beside Prometheus; `make install` has fetched it."""
    chosen = settings()
    tools = Toolbox(chosen.state / "_tools", {PROMETHEUS.name: chosen.prometheus})
    prometheus = asyncio.run(tools.obtain(PROMETHEUS))
    found = companion(PROMETHEUS, prometheus.path)
    assert found, f"there is no promtool beside {prometheus.path}"
    return found


def judged(*command: str | Path) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)  # noqa: S603
    assert done.returncode == 0, done.stdout + done.stderr


def test_prometheus_takes_every_rule_file(promtool: Path) -> None:
    judged(promtool, "check", "rules", *sorted((MONITORING / "rules").glob("*.yml")))


@pytest.mark.parametrize("path", TESTS, ids=[path.stem for path in TESTS])
def test_every_alert_fires_when_it_should_and_only_then(promtool: Path, path: Path) -> None:
    judged(promtool, "test", "rules", path)
