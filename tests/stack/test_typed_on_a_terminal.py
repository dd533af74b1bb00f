"""Commands as a person types them, on a stack that is up: what stands on the screen afterwards."""

import re

import pytest

from tests.fakes.stack.product import Product
from tests.fakes.stack.terminal import unwrapped

pytestmark = [pytest.mark.stack, pytest.mark.prefect, pytest.mark.timeout(300)]

TYPED = [
    ("status", 0, r"^ +backend  ready: 3 of 3 replicas"),
    ("urls", 0, r"^ +prometheus  http://127\.0\.0\.1:\d+$"),
    ("check", 0, r"^ +ok  "),
    ("chaos latency 20 --for 1m", 0, r"^backend-2: latency is armed until "),
    ("chaos status", 0, r"latency"),
    ("game-day plan", 4, r"^refused: "),
    ("disarm", 0, ""),
    ("halt on --why drill", 0, r"everything was seen to be off"),
    ("halt status", 1, r"local/demo: halted by .* drill"),
    ("halt off", 0, r""),
    ("game-day plan error-burst", 0, r"^predicted: \d+ bad events, [\d.]+ % of the budget of"),
]
"""In this order: each leaves what the next one finds."""


def test_up_fills_its_bars_and_says_where_everything_listens(product: Product) -> None:
    screen = product.screens["up"]

    assert re.search(r"^ *waiting for backend on local/demo ━+ \d:\d\d:\d\d ", screen, re.MULTILINE)
    assert re.search(r"^ +service  http://127\.0\.0\.1:\d+$", screen, re.MULTILINE)
    assert "Traceback" not in screen + product.screens["prefect up"]


@pytest.mark.parametrize(("words", "code", "shown"), TYPED, ids=[one[0] for one in TYPED])
def test_a_command_says_its_words_and_leaves_the_terminal_in_order(
    product: Product, words: str, code: int, shown: str
) -> None:
    with product.terminal(*words.split(), columns=120) as terminal:
        ended = terminal.end()

    assert ended == code, terminal.screen
    assert re.search(shown, terminal.screen, re.MULTILINE), terminal.screen
    assert "Traceback" not in terminal.screen
    assert not terminal.cursor_is_hidden


WHOLE = [
    pytest.param(
        {"NO_COLOR": "1"},
        r"^ +{} ━+ \d:\d\d:\d\d [\d,]+ sent",
        id="NO_COLOR",
        marks=pytest.mark.slow,
    ),
    pytest.param({"TERM": "dumb"}, r"^{}: \d+ of \d+ s, ", id="dumb", marks=pytest.mark.long),
]


@pytest.mark.parametrize(("environment", "pattern"), WHOLE)
def test_a_whole_game_day_is_shown_on_60_columns_without_colour(
    product: Product, environment: dict[str, str], pattern: str
) -> None:
    words = ("game-day", "run", product.experiment, "--ignore-budget")
    with product.terminal(*words, columns=60, **environment) as terminal:
        code = terminal.end(within_seconds=150)

    screen, report = terminal.screen, product.reports()[-1]
    for phase in ("baseline", "fault", "recovery"):
        assert re.search(pattern.format(phase), screen, re.MULTILINE), screen
    assert re.search(rf"^{report['verdict']}: ", screen, re.MULTILINE), screen
    assert terminal.colour(f"{report['verdict']}:") == "default"
    assert f"{report['id']}/report.html" in unwrapped(screen)
    assert code == {"UPHELD": 0, "DEVIATED": 1, "INCONCLUSIVE": 3}[report["verdict"]]
    assert "Traceback" not in screen
    assert not terminal.cursor_is_hidden
