"""How much a command imports before it does anything: that, and not the work, made it slow."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from ironclad import wiring
from ironclad.cli.app import Commands
from ironclad.cli.commands.game_day import GameDays
from ironclad.cli.lazy import loaded
from tests.places import ROOT

HEAVY = {
    *("aiohttp", "apprise", "asyncpg", "hdrh", "httpx", "jinja2", "kubernetes", "prefect"),
    *("prometheus_client", "pydantic", "requests", "rich", "scipy", "yaml"),
}
_COUNT = """\
import json, sys
from ironclad.cli.app import _exit_code
sys.argv = ["ironclad", *json.loads(sys.argv[1])]
code = _exit_code()
modules = sorted(name for name, module in sys.modules.items() if module)
print(json.dumps([code, modules]), file=sys.stderr)
"""


def imported(folder: Path, *words: str, **environment: str) -> set[str]:
    """Give every module that the command has imported by its end."""
    ended = subprocess.run(  # noqa: S603 - our own interpreter
        [sys.executable, "-c", _COUNT, json.dumps(words)],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "HOME": str(folder), **environment}
        | {"IRONCLAD_STATE": str(folder / "state")},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    _, modules = json.loads(ended.stderr.splitlines()[-1])
    return set(modules)


def packages(modules: set[str]) -> set[str]:
    return {name.partition(".")[0] for name in modules}


@pytest.mark.parametrize(
    ("words", "most"),
    [(("--help",), 20), (("status", "--help"), 30), (("game-day", "--help"), 75)],
    ids=str,
)
def test_help_imports_nothing_heavy(tmp_path: Path, words: tuple[str, ...], most: int) -> None:
    modules = imported(tmp_path, *words)

    assert packages(modules) & HEAVY == set()
    assert len([name for name in modules if name.startswith("ironclad.")]) <= most


def test_status_of_a_stack_that_is_not_there_imports_nothing_heavy(tmp_path: Path) -> None:
    modules = imported(tmp_path, "status")

    assert packages(modules) & HEAVY == set()
    assert len(modules) <= 420


def test_a_plan_imports_neither_prefect_nor_the_report(tmp_path: Path) -> None:
    """It reads an experiment, and that takes YAML and pydantic."""
    modules = imported(tmp_path, "game-day", "plan")

    assert packages(modules) & HEAVY <= {"pydantic", "yaml"}
    assert not any(name.startswith("ironclad.report.parts") for name in modules)


def test_each_line_of_help_is_the_command_s_own() -> None:
    for name, verb in [*Commands.verbs.items(), *GameDays.verbs.items()]:
        command = loaded(name, verb.where)
        assert " ".join(command.help.split()) == verb.help, name


def test_each_name_of_the_wiring_is_found_where_the_table_says() -> None:
    """A name that is also a module's would be the module as soon as that is imported."""
    modules = {path.stem for path in (ROOT / "ironclad/wiring").glob("*.py")}
    for name in wiring.__all__:
        assert getattr(wiring, name) is not None
        assert name not in modules
