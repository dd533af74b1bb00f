"""The wheel in an environment of its own, away from the checkout: nothing it needs was left out."""

import os
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest
import yaml

from tests.places import ROOT

pytestmark = pytest.mark.skipif(
    (ROOT / "flows/prefect.yaml").exists(), reason="this is a wheel taken apart, and no checkout"
)


def ran(*command: str | Path, folder: Path) -> "subprocess.CompletedProcess[str]":
    """With nothing of our environment but what finds programs: no path leads to the checkout."""
    kept = {name: os.environ[name] for name in ("PATH", "TMPDIR") if name in os.environ}
    own = {"HOME": str(folder), "IRONCLAD_STATE": str(folder / "state")}
    return subprocess.run(  # noqa: S603 - our own command lines
        command, cwd=folder, env=kept | own, capture_output=True, text=True, check=False
    )


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give an environment's folder: the wheel is its own, its dependencies are borrowed of ours."""
    folder = tmp_path_factory.mktemp("wheel")
    build = (sys.executable, "-m", "hatchling", "build", "--target", "wheel")
    subprocess.run([*build, "--directory", folder], cwd=ROOT, check=True, capture_output=True)  # noqa: S603
    (wheel,) = folder.glob("*.whl")
    here = folder / "environment"
    assert ran(sys.executable, "-m", "venv", "--without-pip", here, folder=folder).returncode == 0
    (packages,) = here.glob("lib/python*/site-packages")
    (packages / "dependencies.pth").write_text(sysconfig.get_path("purelib"))
    pip = (sys.executable, "-m", "pip", "--python", here / "bin" / "python", "install")
    done = ran(*pip, "--quiet", "--no-deps", "--no-index", wheel, folder=folder)
    assert done.returncode == 0, done.stderr
    return here


def ironclad(installed: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    return ran(installed / "bin" / "ironclad", *words, folder=installed.parent)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        pytest.param("--version", "ironclad 0.", id="its version"),
        pytest.param("game-day list", "error-burst: ", id="the experiments"),
        pytest.param("render", "kind: StatefulSet", id="the manifests"),
        pytest.param("slo generate --output rules", "orders-latency.yml", id="the objectives"),
    ],
)
def test_a_command_works_without_a_checkout(installed: Path, words: str, said: str) -> None:
    done = ironclad(installed, *words.split())
    assert done.returncode == 0, done.stderr
    assert said in done.stdout


def test_the_machine_is_checked(installed: Path) -> None:
    assert "PostgreSQL: " in ironclad(installed, "check").stdout


def test_a_plan_is_refused_for_want_of_a_stack_and_of_nothing_else(installed: Path) -> None:
    done = ironclad(installed, "game-day", "plan", "error-burst")
    assert (done.returncode, "the backend is not up" in done.stdout + done.stderr) == (4, True)


def test_every_file_that_is_no_code_is_in_it(installed: Path) -> None:
    """As git keeps them: what somebody forgot to declare is missed by a user alone."""
    (packages,) = installed.glob("lib/python*/site-packages")
    folders = ("backend", "game_days", "ironclad", "manifests", "monitoring")
    kept = [path for name in folders for path in (ROOT / name).rglob("*") if is_data(path)]
    assert len(kept) > 50
    missing = [path for path in kept if not (packages / path.relative_to(ROOT)).exists()]
    assert missing == []


def test_the_runbooks_of_the_shipped_alerts_are_in_it(installed: Path) -> None:
    (packages,) = installed.glob("lib/python*/site-packages")
    shipped = {path.name for path in (ROOT / "docs/runbooks").glob("*.md")}
    assert {path.name for path in (packages / "ironclad/report/runbooks").iterdir()} == shipped


def is_data(path: Path) -> bool:
    return path.is_file() and path.suffix in {".yaml", ".yml", ".json", ".sql", ".j2", ".mako"}


def test_the_deployments_are_beside_the_flows_that_they_name(installed: Path) -> None:
    (packages,) = installed.glob("lib/python*/site-packages")
    declared = yaml.safe_load((packages / "flows" / "prefect.yaml").read_text())
    files = {each["entrypoint"].partition(":")[0] for each in declared["deployments"]}
    assert [file for file in files if not (packages / file).exists()] == []
