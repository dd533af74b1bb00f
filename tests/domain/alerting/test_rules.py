"""From objectives to rules, at any tempo; and no PromQL of the project that lints would refuse."""

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import promql_parser
import pytest
import yaml

from ironclad.adapters.experiments.objectives import SloDocuments, prometheus_rule, rule_files
from ironclad.adapters.prometheus import promql
from ironclad.domain.alerting.burn_windows import BURN_ROWS
from ironclad.domain.alerting.rules import REAL_TIME, Tempo, number
from ironclad.domain.alerting.slo_rules import burn_threshold
from ironclad.domain.slo.slo import Objective
from ironclad.domain.text.durations import parse_duration
from tests.places import ROOT

FAST = Tempo(compress=60, scrape_interval=timedelta(seconds=1))
TEMPOS = pytest.mark.parametrize("tempo", [REAL_TIME, FAST], ids=["real time", "compressed"])
OBJECTIVES = SloDocuments(ROOT / "monitoring/slos").every()


def written(tempo: Tempo) -> Iterator[tuple[str, dict[str, Any]]]:
    """Give each rule with the name of its group."""
    for text in rule_files(OBJECTIVES.values(), tempo).values():
        for group in yaml.safe_load(text)["groups"]:
            yield from ((group["name"], rule) for rule in group["rules"])


@pytest.mark.data
def test_the_committed_rules_are_what_the_objectives_make() -> None:
    made = rule_files(OBJECTIVES.values())
    committed = {path.name: path.read_text() for path in (ROOT / "monitoring/rules").glob("*.yml")}
    assert committed == made, "run `ironclad slo generate`"


@TEMPOS
def test_every_expression_parses(tempo: Tempo) -> None:
    for _, rule in written(tempo):
        promql_parser.parse(rule["expr"])


@TEMPOS
def test_every_window_over_raw_counters_holds_four_scrapes(tempo: Tempo) -> None:
    windows = {
        parse_duration(window)
        for _, rule in written(tempo)
        for window in re.findall(r"rate\([a-z_]+\{[^}]*\}\[([0-9a-z]+)\]", rule["expr"])
    }
    assert min(windows) >= 4 * tempo.scrape_interval


@TEMPOS
def test_rates_are_summed_and_sums_are_never_rated(tempo: Tempo) -> None:
    for _, rule in written(tempo):
        assert rule["expr"].count("rate(") == rule["expr"].count("(rate(")
        assert not re.search(r"rate\(\s*(sum|avg|max|min)", rule["expr"])
        assert "increase(" not in rule["expr"]
        assert "vector(0)" not in rule["expr"]


def test_every_division_by_traffic_leaves_out_what_has_none() -> None:
    divisions = [rule["expr"] for _, rule in written(REAL_TIME) if "rate(" in rule["expr"]]
    for expression in (one for one in divisions if " / " in one):
        assert re.search(r" / \(sum\(rate\(.*\) > 0\)", expression), expression


def test_an_objective_on_latency_asks_for_a_bucket_that_the_backend_has() -> None:
    backend = (ROOT / "backend/telemetry/metrics.py").read_text()
    buckets = re.search(r"BUCKETS_SECONDS = \(([^)]*)\)", backend)
    assert buckets is not None
    boundaries = {float(one) for one in buckets[1].split(",") if one.strip()}
    for objective in OBJECTIVES.values():
        asked = {float(one) for one in re.findall(r'le="([^"]+)"', objective.indicator.good or "")}
        assert asked <= boundaries
        if objective.latency_threshold is not None:
            assert asked == {objective.latency_threshold.total_seconds()}


def alerts() -> list[tuple[str, dict[str, Any]]]:
    return [(group, rule) for group, rule in written(REAL_TIME) if "alert" in rule]


def test_the_table_of_alerts_is_the_one_that_was_agreed() -> None:
    table = {
        rule["alert"]: (rule["for"], rule["labels"]["severity"])
        for group, rule in alerts()
        if group == "ironclad_alerts"
    }
    assert table == {
        "HighErrorRate": ("5m", "critical"),
        "HighLatency": ("5m", "warning"),
        "BackendDown": ("1m", "critical"),
        "ErrorBudgetBurnRate": ("10m", "warning"),
        "ErrorBudgetExhausting": ("10m", "critical"),
    }


def test_every_alert_has_a_team_a_severity_texts_and_a_runbook_that_exists() -> None:
    for _, rule in alerts():
        labels, texts = rule["labels"], rule["annotations"]
        assert labels["team"] == "sre"
        assert labels["severity"] in {"critical", "warning"}
        assert texts["summary"]
        assert texts["description"]
        assert (ROOT / texts["runbook_url"]).is_file(), texts["runbook_url"]


def test_every_alert_is_in_the_unit_tests_of_the_rules() -> None:
    tests = " ".join(path.read_text() for path in (ROOT / "monitoring/rules/tests").glob("*.yml"))
    assert [rule["alert"] for _, rule in alerts() if rule["alert"] not in tests] == []


def test_burn_thresholds_are_those_of_the_workbook() -> None:
    availability = OBJECTIVES["orders-availability"]
    thresholds = [burn_threshold(availability, row) for row in BURN_ROWS]
    assert thresholds == pytest.approx([0.0144, 0.006, 0.003, 0.001])
    shares = [row.budget_share(availability.period) for row in BURN_ROWS]
    assert shares == pytest.approx([0.02, 0.05, 0.1, 0.1])


def test_numbers_carry_no_binary_noise() -> None:
    assert number(14.4 * 0.001) == "0.0144"
    assert number(259_200_000) == "259200000"


def test_a_compressed_hour_takes_a_minute_but_no_window_loses_its_scrapes() -> None:
    assert FAST.window(timedelta(hours=1)) == timedelta(minutes=1)
    assert FAST.window(timedelta(minutes=1)) == timedelta(seconds=4)
    assert FAST.short(timedelta(minutes=5)) == timedelta(seconds=5)
    assert FAST.short(timedelta(seconds=15)) == timedelta(seconds=1)
    assert FAST.short(timedelta()) == timedelta()


def test_the_operator_gets_the_same_groups() -> None:
    files = rule_files(OBJECTIVES.values())
    resource = yaml.safe_load(prometheus_rule(files))
    assert resource["kind"] == "PrometheusRule"
    groups = [group for text in files.values() for group in yaml.safe_load(text)["groups"]]
    assert resource["spec"]["groups"] == groups
    assert len({group["name"] for group in groups}) == len(groups)


@pytest.mark.parametrize(
    "query",
    [
        promql.raw_samples('up{job="a"}', 12.3456),
        promql.last_good_scrape('a "job" with \\ and\nmore'),
        promql.alert_states(["A", "B.c"]),
        promql.firing(["A"]),
        *(objective.indicator.valid for objective in OBJECTIVES.values()),
        *(o.indicator.bad or o.indicator.good or "" for o in OBJECTIVES.values()),
    ],
)
def test_every_query_of_the_adapters_parses(query: str) -> None:
    promql_parser.parse(query)


def test_a_window_of_raw_samples_is_never_shorter_than_asked_for() -> None:
    assert promql.raw_samples("m", 10.0001) == "m[10001ms]"
    assert promql.raw_samples("m", 0) == "m[1ms]"


def test_all_objectives_are_declared_in_requests_of_a_whole_period() -> None:
    def per_second(objective: Objective) -> float:
        return objective.declared_requests / objective.period.total_seconds()

    assert {name: per_second(one) for name, one in OBJECTIVES.items()} == {
        "orders-availability": 100,
        "orders-latency": 100,
    }
