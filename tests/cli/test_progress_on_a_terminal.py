"""What is drawn while a command works, read from the screen of a terminal."""

import os
import re
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.fakes.stack.terminal import CTRL_C, Terminal
from tests.places import ROOT

DRAWN = """
import logging, sys, tty
from ironclad.cli.terminal.console import err, live_progress
from ironclad.progress import Progress, report
tty.setcbreak(0)  # what is pressed is not echoed
with live_progress():
    err.print("1/2  a first part")
    report(Progress("waiting for [postgres]", 3, None, "s", "refused [/at] " + "5432 " * 30))
    logging.getLogger("ironclad.x").warning("a [red]word[/red] between")
    for done in (0, 10, 20, 30):
        report(Progress("baseline", done, 30, "s", f"{done * 100:,} sent"))
        sys.stdin.read(1)
    report(Progress("waiting for [postgres]", 1, 30, "s", "refused once more " + "5432 " * 30))
print("the closing line")
"""
UNWATCHED = """
import signal, sys
from pathlib import Path
from ironclad.cli.terminal.console import live_progress
from ironclad.progress import Progress, report
signal.signal(signal.SIGHUP, signal.SIG_IGN)
try:
    with live_progress():
        report(Progress("baseline", 0, 30, "s", "0 sent"))
        try:
            sys.stdin.read(1)
        except OSError:
            pass
        for step in ("baseline", "fault", "recovery"):
            report(Progress(step, 30, 30, "s", "3,000 sent"))
        Path(sys.argv[1]).touch()
except OSError:
    pass
"""
STEPS = ("0 sent", "1,000 sent", "2,000 sent", "3,000 sent")


def drawing(columns: int = 100, **environment: str) -> Terminal:
    path = {"PATH": os.environ["PATH"]}
    command = (sys.executable, "-c", DRAWN)
    return Terminal(command, {**path, **environment}, ROOT, columns=columns)


def bar_beside(message: str) -> Callable[[str], bool]:
    line = re.compile(rf"baseline +[ ━╸╺]+ \d:\d\d:\d\d {message}")
    return lambda screen: line.search(screen) is not None


@pytest.mark.parametrize("columns", [100, 60])
@pytest.mark.parametrize("environment", [{}, {"NO_COLOR": "1"}], ids=["colour", "no colour"])
def test_a_bar_moves_and_the_message_stands_beside_it(
    columns: int, environment: dict[str, str]
) -> None:
    """Adding a bar draws it at once: a field that it lacked ended every command on a terminal."""
    with drawing(columns, **environment) as terminal:
        for sent in STEPS:
            terminal.until(bar_beside(sent), within_seconds=60)
            terminal.press(b"n")
        code = terminal.end()

    lines = terminal.screen.splitlines()
    assert code == 0
    assert [line.split()[0] for line in lines] == ["1/2", "a", "waiting", "baseline", "the"]
    assert lines[1] == "a [red]word[/red] between"
    assert lines[2].split()[:3] == ["waiting", "for", "[postgres]"]
    assert lines[2].endswith("…")
    assert not re.search("[╸╺]", terminal.screen)  # what was waited for twice is full again
    assert max(map(len, lines)) <= columns


def test_a_terminal_that_cannot_redraw_gets_a_line_now_and_then() -> None:
    with drawing(TERM="dumb") as terminal:
        terminal.until("baseline: 0 of 30 s, 0 sent", within_seconds=60)
        terminal.press(b"nnnn")
        code = terminal.end()

    assert code == 0
    assert "━" not in terminal.screen
    assert terminal.screen.endswith("the closing line")


def test_after_ctrl_c_the_bar_stays_where_it_was_and_the_cursor_is_back() -> None:
    with drawing() as terminal:
        terminal.until(bar_beside("0 sent"), within_seconds=60)
        terminal.press(CTRL_C)
        code = terminal.end()

    assert code != 0
    assert "0 sent" in terminal.screen
    assert not terminal.cursor_is_hidden


@pytest.mark.parametrize("kind", ["xterm-256color", "dumb"])
def test_what_is_under_way_goes_on_when_its_window_is_closed(tmp_path: Path, kind: str) -> None:
    """A game day that cannot draw must still undo, measure and report."""
    done = tmp_path / "done"
    environment = {"PATH": os.environ["PATH"], "TERM": kind}
    command = (sys.executable, "-c", UNWATCHED, str(done))
    with Terminal(command, environment, ROOT) as terminal:
        terminal.until("0 sent")
        terminal.close()
        terminal.outlives()

    assert done.exists()
