"""Commands as a person types them, where no stack is up: what stands on the screen afterwards."""

import os
import re
import sys
from pathlib import Path

import pytest

from ironclad.adapters.runs.report_files import write_report
from tests.fakes.game_day.evidence import sound_evidence
from tests.fakes.stack.product import BIN
from tests.fakes.stack.terminal import Terminal
from tests.places import ROOT

HELP = """
from ironclad.cli.app import app
from tools.reference.cli import groups_and_commands
for path, _ in groups_and_commands():
    print("$", *path)
    app([*path, "--help"], standalone_mode=False, prog_name="ironclad")
"""
TYPED = [
    (("game-day", "list"), 0, "error-burst: 20 % errors on one replica of three"),
    (("game-day", "plan"), 4, "refused: "),
    (("game-day", "history"), 0, "never run to an end: "),
    (("game-day", "run", "no-such"), 2, "ironclad: no experiment 'no-such'"),
    (("status",), 1, "namespace  in progress: "),
    (("urls",), 0, "service  not up"),
    (("halt", "status"), 0, "local/demo: not halted"),
    (("chaos", "status"), 2, "bring it up with"),
    (("disarm",), 0, ""),
    (("down",), 0, "local/demo is down"),
    (("down", "--stack", "../x"), 2, "ironclad: '../x' is not a stack name"),
]


def typed(folder: Path, *arguments: str, columns: int = 100, **environment: str) -> Terminal:
    given = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "IRONCLAD_STATE": str(folder / "state"),
        "IRONCLAD_PREFECT_PROFILE": str(folder / "prefect.toml"),
    }
    command = (str(BIN / "ironclad"), *arguments)
    return Terminal(command, {**given, **environment}, folder, columns=columns)


def test_the_help_of_every_command_fits_on_60_columns() -> None:
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)}
    with Terminal((sys.executable, "-c", HELP), environment, ROOT, columns=60) as terminal:
        code = terminal.end()

    pages = terminal.screen.split("$ ")[1:]
    assert code == 0, terminal.screen[-2000:]
    assert len(pages) > 30
    for page in pages:
        name, *lines = page.splitlines()
        assert any(line.startswith(f"Usage: ironclad {name}") for line in lines), page
        assert max(map(len, lines)) < 60, page


@pytest.mark.parametrize(
    ("arguments", "code", "words"), TYPED, ids=[" ".join(one[0]) for one in TYPED]
)
def test_a_command_says_its_words_and_leaves_the_terminal_in_order(
    tmp_path: Path, arguments: tuple[str, ...], code: int, words: str
) -> None:
    with typed(tmp_path, *arguments) as terminal:
        ended = terminal.end()

    assert ended == code, terminal.screen
    assert words in terminal.screen
    assert "Traceback" not in terminal.screen
    assert "\N{REPLACEMENT CHARACTER}" not in terminal.screen
    assert not terminal.cursor_is_hidden


COLOURED = [({}, "green"), ({"NO_COLOR": "1"}, "default"), ({"TERM": "dumb"}, "default")]


@pytest.mark.parametrize(("environment", "colour"), COLOURED, ids=["colour", "NO_COLOR", "dumb"])
def test_a_verdict_stands_in_its_colour_where_colour_is_wanted(
    tmp_path: Path, environment: dict[str, str], colour: str
) -> None:
    write_report(tmp_path / "run", sound_evidence())
    with typed(tmp_path, "verdict", str(tmp_path / "run"), columns=60, **environment) as terminal:
        code = terminal.end()

    assert code == 0, terminal.screen
    assert re.match(r"UPHELD: 0\.116 % of the budget of orders-availability", terminal.screen)
    assert terminal.colour("UPHELD") == colour
    assert terminal.colour("of the budget") == "default"


WHILE_IMPORTING = """
import sys
import ironclad.cli
class Finder:
    def find_spec(self, name, *_):
        if name == "ironclad.cli.app":
            raise KeyboardInterrupt
sys.meta_path.insert(0, Finder())
ironclad.cli.main()
"""
WHILE_AT_WORK = """
import sys
import ironclad.cli
from ironclad import wiring
from ironclad.cli import runtime
def pressed(*_, **__):
    raise KeyboardInterrupt
runtime.run_deploy_stack = wiring.past = wiring.take_down = pressed
sys.argv = ["ironclad", *sys.argv[1:]]
ironclad.cli.main()
"""
ON = "--platform local --stack demo"
NOTHING_UP = (
    "INTERRUPTED: of local/demo nothing is ready, and namespace, secret, postgres, backend,"
    " monitoring is not"
)
ENDS = f"`ironclad down {ON}` ends it"
INTERRUPTED = [
    (WHILE_IMPORTING, "status", "ironclad: interrupted"),
    (WHILE_AT_WORK, "game-day history", "ironclad: interrupted"),
    (WHILE_AT_WORK, "up", f"{NOTHING_UP}; `ironclad up {ON}` goes on from there, {ENDS}"),
    (WHILE_AT_WORK, "down", f"{NOTHING_UP}; `ironclad down {ON}` goes on from there"),
]


@pytest.mark.parametrize(
    ("program", "words", "said"), INTERRUPTED, ids=["importing", "history", "up", "down"]
)
def test_ctrl_c_says_once_what_is_left_and_leaves_no_traceback(
    tmp_path: Path, program: str, words: str, said: str
) -> None:
    """Typer ends a command without a word."""
    environment = {
        "PATH": os.environ["PATH"],
        "IRONCLAD_STATE": str(tmp_path / "state"),
        "IRONCLAD_PREFECT_PROFILE": str(tmp_path / "prefect.toml"),
    }
    command = (sys.executable, "-c", program, *words.split())
    with Terminal(command, environment, ROOT, columns=400) as terminal:
        code = terminal.end()

    assert (code, terminal.screen.strip()) == (130, said)
