"""Ctrl-C on a terminal in every phase, and a window that is closed: honest words, nothing left."""

import re
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.fakes.stack.product import Product, wait_until
from tests.fakes.stack.terminal import CTRL_C, unwrapped

pytestmark = [pytest.mark.stack, pytest.mark.long, pytest.mark.prefect, pytest.mark.timeout(400)]

NOT_BEGUN = "INTERRUPTED: the game day had not begun; no fault was armed, and there is no report"
NOTHING = "no fault was armed"
OFF = "errors was armed on backend-0, and was seen to be off"


@dataclass(frozen=True)
class Phase:
    """What is to be seen, how long to wait then, and what has to be said of it."""

    seen: str
    when: str
    what: str
    columns: int = 100
    rest_seconds: float = 0


ARMED = "errors was (being )?armed on backend-0, and"
PHASES = {
    "before it looks": Phase("waiting for Prometheus", "before the baseline", NOTHING),
    "baseline": Phase("baseline ", "during the baseline", NOTHING, columns=60),
    "fault": Phase("fault ", "during the fault", ARMED),
    "recovery": Phase("recovery ", "during the recovery", OFF, columns=60),
    "measuring": Phase("recovery ", "(during|after) the recovery", OFF, rest_seconds=22),
}


@pytest.fixture
def experiment(product: Product) -> str:
    """Little load, so that the baseline holds on a busy machine too."""
    path = product.folder / "little.yaml"
    path.write_text(Path(product.experiment).read_text().replace("200/s", "50/s"))
    return str(path)


@pytest.fixture(autouse=True)
def clean(product: Product) -> Iterator[None]:
    yield
    assert not any(product.chaos().values())
    assert product.run("disarm").returncode == 0


@pytest.mark.parametrize("phase", PHASES.values(), ids=PHASES.keys())
def test_ctrl_c_says_in_which_phase_what_was_armed_and_where_the_report_is(
    product: Product, experiment: str, phase: Phase
) -> None:
    with product.terminal("game-day", "run", experiment, columns=phase.columns) as terminal:
        terminal.until(re.compile(rf"^ *{phase.seen}", re.MULTILINE).search, 120)
        terminal.rest(phase.rest_seconds)
        terminal.press(CTRL_C)
        code = terminal.end()

    said = unwrapped(terminal.screen)
    report = product.reports()[-1]
    assert code == 2, terminal.screen
    assert re.search(unwrapped(f"was interrupted: .*, {phase.when}; {phase.what}"), said), said
    assert f"{report['id']}/report.html" in said
    assert unwrapped(report["reason"]) in said
    assert "Traceback" not in said


@pytest.mark.parametrize("seconds", [1.0, 3.0, 6.0])
def test_early_on_it_has_either_not_begun_or_tells_of_its_report(
    product: Product, experiment: str, seconds: float
) -> None:
    """How far it is by then depends on the machine."""
    known = len(product.reports())
    with product.terminal("game-day", "run", experiment) as terminal:
        terminal.rest(seconds)
        terminal.press(CTRL_C)
        code = terminal.end()

    said = terminal.screen.removeprefix("^C").strip()
    assert "Traceback" not in said
    if code == -signal.SIGINT:  # Python itself had not begun
        assert said == ""
    elif len(product.reports()) == known:
        assert said in {NOT_BEGUN, "ironclad: interrupted"}
    else:
        assert unwrapped(f"the baseline; {NOTHING}") in unwrapped(said)
        assert f"{product.reports()[-1]['id']}/report.html" in unwrapped(said)


def test_a_closed_window_ends_it_as_ctrl_c_does(product: Product, experiment: str) -> None:
    known = len(product.reports())
    with product.terminal("game-day", "run", experiment) as terminal:
        terminal.until("   fault ", 120)
        terminal.close()
        terminal.outlives()

    assert wait_until(lambda: len(product.reports()) > known, 30) is not None
    assert "had to stop, during the fault" in product.reports()[-1]["reason"]


def test_an_interrupted_up_says_which_stages_are_ready_and_what_goes_on(product: Product) -> None:
    stack = ("--stack", "second")
    try:
        with product.terminal("up", *stack) as terminal:
            terminal.until("waiting for backend", 120)
            terminal.press(CTRL_C)
            code = terminal.end()
    finally:
        down = product.run("down", *stack, "--delete-data")

    said = unwrapped(terminal.screen)
    assert code == 130, terminal.screen
    assert unwrapped("INTERRUPTED: of local/second namespace, secret, postgres") in said
    assert unwrapped("`ironclad up --platform local --stack second` goes on from there") in said
    assert down.returncode == 0, down.stderr
