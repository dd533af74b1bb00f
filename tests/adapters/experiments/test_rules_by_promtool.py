"""The rules as Prometheus' own tool judges them."""

import subprocess
from pathlib import Path

import pytest
import yaml

from ironclad.domain.slo.selector import parse_selector
from tests.fakes.prometheus.promtool import NAN_LEAKS, RULES, judge_budget, judged, promtool_program

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


SPELLINGS = (
    "up", "up{}", "up{a='b'}", r"up{a=`\d`}", r'up{a="\x2f\303\244\u00e4\n"}', '{__name__="up"}',
    'up{a="b",}', 'up { a = "b" } # why', r'up{a=~"5\\d\\d"}', 'up{a=~"[[:alpha:]]"}',
    r'up{a=~"\\pL(?U)a+"}', 'up{a=~"a{1000}"}', '{__name__=~"a|b"}', 'up{sum="x"}',
    r'up{a=~"5\d\d"}', 'up{a=~"(?!x)"}', r'up{a=~"(x)\\1"}', 'up{a=~"a++"}', 'up{a=~"("}',
    r'up{a=~"\\C"}', 'up{a=~"a{1001}"}', "up{,}", 'up{a="b",,}', "up{a}", "up{a=b}", "{}",
    '{a=~".*"}', 'up{__name__="up"}', 'up{a:b="c"}', r'up{a="\400"}', r"""up{a='\"'}""",
    'up{a="\n"}', 'up{a="b" c="d"}',
)  # fmt: skip


def is_taken(promtool: Path, folder: Path, expr: str) -> bool:
    path = folder / "one.yml"
    rule = {"record": "a:b:c", "expr": f"sum({expr}\n)"}
    path.write_text(yaml.safe_dump({"groups": [{"name": "a", "rules": [rule]}]}))
    done = subprocess.run([promtool, "check", "rules", path], capture_output=True, check=False)  # noqa: S603
    return done.returncode == 0


def is_read(selector: str) -> bool:
    try:
        parse_selector(selector)
    except ValueError:
        return False
    return True


@pytest.mark.parametrize("selector", SPELLINGS)
def test_a_selector_is_read_if_prometheus_reads_it(
    promtool: Path, tmp_path: Path, selector: str
) -> None:
    """UTF-8 names, which Prometheus 3 alone reads, are left out."""
    assert is_read(selector) == is_taken(promtool, tmp_path, selector)


def test_a_nan_that_leaked_would_be_seen(promtool: Path, tmp_path: Path) -> None:
    rule = {"record": "slo:leak", "expr": "leak", "labels": {"objective": "other"}}
    (tmp_path / "leak.yml").write_text(yaml.safe_dump({"groups": [{"name": "a", "rules": [rule]}]}))
    seen = {"expr": NAN_LEAKS, "eval_time": "1m", "exp_samples": [{"labels": "{}", "value": 1}]}
    series = [{"series": "leak", "values": "NaN NaN"}, {"series": "slo:fine", "values": "1 1"}]
    test = {"interval": "1m", "input_series": series, "promql_expr_test": [seen]}
    (tmp_path / "t.yml").write_text(yaml.safe_dump({"rule_files": ["leak.yml"], "tests": [test]}))
    judged(promtool, "test", "rules", tmp_path / "t.yml")
