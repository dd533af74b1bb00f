"""What the benchmarks compute of what they measured."""

import json
from pathlib import Path

import pytest

from trials.bench.benchmark import Benchmark, Ran, Result
from trials.bench.document import write
from trials.bench.registry import BENCHMARKS
from trials.bench.rows import Goal, Row, paired
from trials.bench.wrk import parsed
from trials.harness.pairs import in_turn
from trials.soak.bounds import growths

WRK = """\
  Latency Distribution
     50%    1.20ms
     99%  {p99}
Requests/sec:  12672.41
"""


def test_a_ratio_is_the_median_over_pairs_and_not_of_medians() -> None:
    row = paired("rate", "1/s", ours=[10.0, 50.0, 30.0], peer="other", theirs=[20.0, 50.0, 90.0])
    assert (row.ours, row.theirs, row.ratio) == (30.0, 50.0, 0.5)


@pytest.mark.parametrize(
    ("goal", "is_met"),
    [
        pytest.param(Goal("ratio", "at least", 0.85), False, id="too small a ratio"),
        pytest.param(Goal("ratio", "at least", 0.8), True, id="just the ratio"),
        pytest.param(Goal("ours", "at most", 4.0), True, id="just the figure"),
        pytest.param(Goal("ours", "at most", 3.9), False, id="too large a figure"),
        pytest.param(None, None, id="no goal"),
    ],
)
def test_a_goal_is_met_or_missed(goal: Goal | None, *, is_met: bool | None) -> None:
    row = Row(name="x", ours=4.0, unit="s", peer="other", theirs=5.0, ratio=0.8, goal=goal)
    assert row.is_met is is_met


def test_a_goal_on_an_unknown_ratio_is_missed() -> None:
    assert Row(name="x", ours=4.0, unit="s", goal=Goal("ratio", "at least", 1.0)).is_met is False


def test_sides_take_turns_in_both_orders() -> None:
    asked: list[str] = []

    def ask(name: str) -> int:
        asked.append(name)
        return len(asked)

    results = in_turn({"a": lambda: ask("a"), "b": lambda: ask("b")}, 3)

    assert asked == ["a", "b", "b", "a", "a", "b"]
    assert results == {"a": [1, 4, 5], "b": [2, 3, 6]}


@pytest.mark.parametrize(
    ("text", "milliseconds"), [("640.00us", 0.64), ("6.64ms", 6.64), ("1.50s", 1500.0)]
)
def test_wrk_is_read_in_milliseconds(text: str, milliseconds: float) -> None:
    said = parsed(WRK.format(p99=text))
    assert said.requests_per_second == 12672.41
    assert said.p99_ms == pytest.approx(milliseconds)


@pytest.mark.parametrize("failure", ["Non-2xx or 3xx responses: 7", "Socket errors: connect 1"])
def test_a_measurement_with_failures_is_none(failure: str) -> None:
    with pytest.raises(RuntimeError, match="failures"):
        parsed(WRK.format(p99="1.00ms") + failure)


def test_what_warms_up_does_not_grow() -> None:
    samples = [{"memory of janitor": value} for value in (50.0, 90.0, 100.0, 101.0, 100.0, 102.0)]
    (growth,) = growths(samples)
    assert growth.is_kept


def test_what_grows_by_more_than_its_bound_is_named() -> None:
    samples = [{"memory of janitor": 100.0 + 15.0 * number} for number in range(9)]
    (growth,) = growths(samples)
    assert (growth.middle, growth.last, growth.is_kept) == (160.0, 205.0, False)


def test_a_few_samples_say_nothing() -> None:
    assert growths([{"memory of janitor": 1.0}] * 5) == ()


def test_every_benchmark_has_a_name_of_its_own_and_says_what_it_measures() -> None:
    names = [each.name for each in BENCHMARKS]
    assert len(set(names)) == len(names)
    assert {"backend-no-database", "orders-read", "orders-write", "deploy", "arm", "load"} <= {
        *names
    }
    assert {"budget-query", "report", "side-by-side"} <= {*names}
    assert all(each.about.endswith(".") for each in BENCHMARKS)


def test_what_is_not_installed_is_named_with_the_way_to_get_it() -> None:
    lacking = Benchmark(
        name="x",
        about="Nothing.",
        measure=lambda: Result(()),
        commands=("sh", "no-such-program"),
        modules=("json", "no_such_module"),
    )
    assert lacking.missing() == "apt-get install no-such-program; pip install -e '.[bench]'"


def test_the_page_tells_machine_command_figures_and_what_was_left_out(tmp_path: Path) -> None:
    row = Row(name="rate", ours=12.5, unit="1/s", peer="other", theirs=10.0, ratio=1.25)
    one = Benchmark(name="one", about="One thing.", measure=lambda: Result((row,)))
    two = Benchmark(name="two", about="Another.", measure=lambda: Result(()))
    ran = [Ran(one, 3.2, Result((row,), ("A remark.",))), Ran(two, problem="no")]
    page, rows = tmp_path / "page.md", tmp_path / "rows.json"

    write(ran, "make bench", ("one", "two"), page=page, rows=rows)

    text = page.read_text()
    assert "- Machine: " in text
    assert "`make bench` on " in text
    assert "| rate | 12.5 | 1/s | other | 10 | 1.25 |  |  |" in text
    assert "A remark." in text
    assert "## two\n\nAnother.\n\nNot measured: no" in text
    assert [each["name"] for each in json.loads(rows.read_text())] == ["one: rate"]
