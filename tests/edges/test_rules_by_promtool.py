"""The rules as Prometheus' own tool judges them."""

from pathlib import Path

import pytest
import yaml

from tests.fakes.promtool import NAN_LEAKS, RULES, judge_budget, judged, promtool_program

pytestmark = pytest.mark.data

TESTS = sorted((RULES / "tests").glob("*_test.yml"))


@pytest.fixture(scope="module")
def promtool() -> Path:
    return promtool_program()


def test_prometheus_takes_every_rule_file(promtool: Path) -> None:
    judged(promtool, "check", "rules", *sorted(RULES.glob("*.yml")))


@pytest.mark.parametrize("path", TESTS, ids=[path.stem for path in TESTS])
def test_every_alert_fires_when_it_should_and_only_then(promtool: Path, path: Path) -> None:
    judged(promtool, "test", "rules", path)


@pytest.mark.timeout(300)
@pytest.mark.parametrize("part", range(4))
def test_the_budget_is_what_an_oracle_counts_in_the_same_samples(
    promtool: Path, tmp_path: Path, part: int
) -> None:
    """Within 0.1 % of it and never NaN; `make verdict-trials` takes 1,000 traces."""
    judge_budget(promtool, tmp_path, range(part * 15, part * 15 + 15))


def test_a_nan_that_leaked_would_be_seen(promtool: Path, tmp_path: Path) -> None:
    rule = {"record": "slo:leak", "expr": "leak", "labels": {"objective": "other"}}
    (tmp_path / "leak.yml").write_text(yaml.safe_dump({"groups": [{"name": "a", "rules": [rule]}]}))
    seen = {"expr": NAN_LEAKS, "eval_time": "1m", "exp_samples": [{"labels": "{}", "value": 1}]}
    series = [{"series": "leak", "values": "NaN NaN"}, {"series": "slo:fine", "values": "1 1"}]
    test = {"interval": "1m", "input_series": series, "promql_expr_test": [seen]}
    (tmp_path / "t.yml").write_text(yaml.safe_dump({"rule_files": ["leak.yml"], "tests": [test]}))
    judged(promtool, "test", "rules", tmp_path / "t.yml")
