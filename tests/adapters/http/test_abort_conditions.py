"""Abort conditions as an experiment's file has them."""

from datetime import timedelta
from pathlib import Path

import pytest

from ironclad.adapters.experiments.reader import parse_experiment
from ironclad.domain.experiment.experiment import AbortCondition, WhenSilent
from ironclad.errors import BadInputError
from tests.fakes.stack.product import QUICK

FILE = Path("quick.yaml")
WRITTEN = "abort_when: [{error_ratio_over: 0.3, for: 5s}]"


def condition(text: str) -> AbortCondition:
    (read,) = parse_experiment(FILE, QUICK.replace(WRITTEN, f"abort_when: [{text}]")).abort_when
    return read


def test_an_expression_its_limit_and_what_silence_means() -> None:
    read = condition(
        "{promql: 'max(circuit_breaker_state) > 0', over: 1.5, for: 10s, silent: note}"
    )

    assert read == AbortCondition(
        promql="max(circuit_breaker_state) > 0",
        over=1.5,
        silent=WhenSilent.NOTE,
        sustained=timedelta(seconds=10),
    )


def test_silence_ends_the_run_by_default() -> None:
    read = condition("{promql: up, over: 0}")

    assert (read.silent, read.over, read.sustained) == (WhenSilent.ABORT, 0.0, timedelta())


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{promql: up}", "promql and over belong together"),
        ("{error_ratio_over: 0.2, over: 1}", "promql and over belong together"),
        ("{promql: up, over: 1, error_ratio_over: 0.2}", "exactly one of"),
        ("{promql: '', over: 1}", "promql"),
        ("{promql: up, over: .inf}", "over"),
        ("{promql: up, over: many}", "over"),
        ("{promql: up, over: 1, silent: maybe}", "silent"),
    ],
)
def test_what_is_wrong_is_reported_with_its_place(text: str, said: str) -> None:
    with pytest.raises(BadInputError) as refused:
        condition(text)
    assert str(refused.value).startswith("quick.yaml:")
    assert said in str(refused.value)
