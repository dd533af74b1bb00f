"""All PromQL of the project, wherever it stands, and that the lint finds what it looks for."""

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from ironclad.adapters.experiments.objectives import SloDocuments, rule_files
from ironclad.adapters.prometheus import promql
from ironclad.domain.alerting.rules import Tempo
from ironclad.game_day.planning.budget import remaining_query
from tests.fakes.prometheus.lint import SCRAPE_INTERVAL, problems, selectors
from tests.places import ROOT

pytestmark = pytest.mark.data

OBJECTIVES = SloDocuments(ROOT / "monitoring/slos").every()
FAST = Tempo(compress=60, scrape_interval=timedelta(seconds=1))
_VARIABLES = {"$__rate_interval": "1m", "$__interval": "1m", "$__range": "1h"}
_CODE = re.compile(r"\b(rate|sum|last_over_time|histogram_quantile|absent)\s?(by \(\w+\) )?\(")


def rules(tempo: Tempo) -> Iterator[tuple[str, str]]:
    for text in rule_files(OBJECTIVES.values(), tempo).values():
        for group in yaml.safe_load(text)["groups"]:
            for rule in group["rules"]:
                yield f"{group['name']} {rule.get('record') or rule['alert']}", rule["expr"]


def committed() -> Iterator[tuple[str, str]]:
    """Give each expression in a YAML or JSON file, such as a dashboard, with where it stands."""
    for folder in ("monitoring", "manifests"):
        for path in sorted((ROOT / folder).rglob("*")):
            if "tests" not in path.parts and path.suffix in {".json", ".yml", ".yaml"}:
                where = str(path.relative_to(ROOT))
                yield from ((where, each) for each in _expressions(_read(path)))


def _read(path: Path) -> Any:
    text = path.read_text()
    return json.loads(text) if path.suffix == ".json" else list(yaml.safe_load_all(text))


def _expressions(value: Any) -> Iterator[str]:
    """A dashboard may lie as text in a ConfigMap."""
    match value:
        case dict():
            given = value.get("expr")
            if isinstance(given, str):
                yield _without_variables(given)
            for each in value.values():
                yield from _expressions(each)
        case list():
            for each in value:
                yield from _expressions(each)
        case str() if value.startswith("{") and '"expr"' in value:
            yield from _expressions(json.loads(value))


def _without_variables(expression: str) -> str:
    for name, value in _VARIABLES.items():
        expression = expression.replace(name, value)
    return re.sub(r"\$\{?\w+(:\w+)?\}?", "x", expression)


CODE = {
    "raw samples": promql.raw_samples('http_requests_total{job="a"}', 60),
    "last good scrape": promql.last_good_scrape("ironclad-backend"),
    "alert states": promql.alert_states(["A"]),
    "firing": promql.firing(["A"]),
    "remaining budget": remaining_query("orders-availability"),
    **{f"valid of {name}": one.indicator.valid for name, one in OBJECTIVES.items()},
    **{f"good of {name}": one.indicator.good or "x" for name, one in OBJECTIVES.items()},
    **{f"bad of {name}": one.indicator.bad or "x" for name, one in OBJECTIVES.items()},
}


@pytest.mark.parametrize(
    ("where", "expression"),
    [*rules(Tempo()), *committed(), *CODE.items()],
    ids=lambda value: str(value)[:60],
)
def test_no_expression_of_the_project_can_look_fine_by_mistake(where: str, expression: str) -> None:
    is_picture = "grafana" in where
    assert problems(expression, is_picture=is_picture) == [], where


@pytest.mark.parametrize(("where", "expression"), [*rules(FAST)], ids=lambda value: str(value)[:60])
def test_nor_does_one_that_is_compressed_for_trials(where: str, expression: str) -> None:
    assert problems(expression, FAST.scrape_interval) == [], where


def test_every_recorded_series_that_something_reads_is_recorded() -> None:
    recorded = {name.rpartition(" ")[2] for name, _ in rules(Tempo())}
    read = {name for _, each in [*rules(Tempo()), *committed()] for name in selectors(each)}
    assert {name for name in read if ":" in name} <= recorded


def test_queries_are_written_where_the_lint_looks() -> None:
    """Functions of PromQL stand in the rules' own modules; elsewhere no check would see them."""
    known = {"alert_table.py", "slo_rules.py", "promql.py"}
    found = [
        str(path.relative_to(ROOT))
        for path in sorted((ROOT / "ironclad").rglob("*.py"))
        for text in re.findall(r'f?"[^"\n]*"', path.read_text())
        if path.name not in known
        and "dashboards" not in path.parts
        and _CODE.search(text)
        and ("{" in text or "[" in text)
    ]
    assert found == []


WRONG = [
    ("rate(http_requests_total[30s])", "fewer than four scrapes"),
    ("sum_over_time(up[15s])", "fewer than four scrapes"),
    ("rate(sum(http_requests_total)[5m:15s])", "never a rate of sums"),
    ("sum(rate(slo:bad_events:rate[5m]))", "which is no counter"),
    ("sum(increase(http_requests_total[5m]))", "never counts"),
    ('sum(rate(http_request_duration_seconds_bucket{le="0.3"}[5m]))', "no bucket le=0.3"),
    ('sum(rate(http_request_duration_seconds_bucket{le="1"}[5m]))', "no bucket le=1"),
    ("histogram_quantile(0.95, rate(a_bucket[5m]))", "averages replicas"),
    ("histogram_quantile(0.95, avg by (le) (rate(a_bucket[5m])))", "averages replicas"),
    ("histogram_quantile(0.95, sum by (pod) (rate(a_bucket[5m])))", "averages replicas"),
    ("sum(rate(a_total[5m])) / sum(rate(b_total[5m]))", "a division by what may be 0"),
    ("a / (b >= 0)", "a division by what may be 0"),
    ("a / clamp_min(b, 0)", "a division by what may be 0"),
    ("sum(rate(a_total[5m])) or vector(0)", "reads as fine"),
]


@pytest.mark.parametrize(("expression", "said"), WRONG, ids=[one for one, _ in WRONG])
def test_what_is_wrong_is_reported(expression: str, said: str) -> None:
    assert said in " ".join(problems(expression))


def test_the_lint_knows_the_scrape_interval_of_a_cluster() -> None:
    assert timedelta(seconds=15) == SCRAPE_INTERVAL
