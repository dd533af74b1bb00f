"""`make demo` as a stranger meets it: a fresh clone, a terminal, an install of its own."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.demo.clone import WITHIN_SECONDS, Clone, fresh_clone
from tests.fakes.stack.terminal import Terminal

pytestmark = pytest.mark.timeout(WITHIN_SECONDS + 600)

VERDICT = re.compile(r"^(UPHELD|DEVIATED|INCONCLUSIVE): .*", re.MULTILINE)
OF_THE_MACHINE = ("machine", "load generator", "too much for the service")
"""A busy one spoils the measurement, and the reason has to say so."""


@dataclass(frozen=True)
class Shown:
    """What stands on the terminal once `make demo` is over."""

    clone: Clone
    terminal: Terminal
    code: int

    @property
    def screen(self) -> str:
        return self.terminal.screen

    @property
    def verdict(self) -> str:
        found = VERDICT.search(self.screen)
        assert found is not None, self.screen
        return found[1]


@pytest.fixture(scope="module")
def shown() -> Iterator[Shown]:
    with fresh_clone() as clone:
        with clone.demo() as terminal:
            code = terminal.end(WITHIN_SECONDS)
        yield Shown(clone, terminal, code)


def test_it_ends_without_a_traceback_and_hands_the_terminal_back(shown: Shown) -> None:
    assert "Traceback" not in shown.screen, shown.screen
    assert not shown.terminal.cursor_is_hidden


def test_the_verdict_is_upheld_or_the_machine_is_named(shown: Shown) -> None:
    reason = shown.screen.partition(f"{shown.verdict}: ")[2].partition("\nreport: ")[0]

    if shown.verdict == "UPHELD":
        assert shown.code == 0, shown.screen
        assert shown.terminal.colour("UPHELD:") == "green"
    else:
        assert shown.verdict == "INCONCLUSIVE", shown.screen
        assert any(words in reason.replace("\n", "") for words in OF_THE_MACHINE), shown.screen
        assert "Error 3" in shown.screen  # the exit code, in make's words


@pytest.mark.parametrize("phase", ["baseline", "fault", "recovery"])
def test_the_bar_of_each_phase_is_full_with_its_last_words_beside_it(
    shown: Shown, phase: str
) -> None:
    """One that was not held up to its end needs none."""
    drawn = re.compile(rf"^ +{phase} ━+ \d:\d\d:\d\d [\d,]+ sent, [\d,]+ failed", re.MULTILINE)

    assert drawn.search(shown.screen) or shown.verdict != "UPHELD", shown.screen


def test_the_last_lines_say_what_it_cost_and_where_to_look(shown: Shown) -> None:
    last = shown.screen.partition(f"{shown.verdict}: ")[2]

    cost = re.search(r"^spent [\d.]+ % of the budget of orders-availability$", last, re.MULTILINE)
    assert cost or shown.verdict != "UPHELD", shown.screen
    for label in ("report: /", "Prefect UI: http", "Prometheus: http", "backend: http"):
        assert f"\n{label}" in last, shown.screen
    assert "\nthe stack stays up; `ironclad down" in last


def test_its_state_is_in_the_folder_of_the_setting(shown: Shown) -> None:
    assert (shown.clone.state / "demo").is_dir()
