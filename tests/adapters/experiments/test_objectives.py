"""Objectives as people write them, and what is wrong with them, by line and column."""

from datetime import timedelta
from pathlib import Path

import pytest

from ironclad.adapters.experiments.objectives import SloDocuments, read_objective
from ironclad.domain.slo.slo import Indicator, Objective
from ironclad.errors import BadInputError
from tests.places import ROOT

SHIPPED = ROOT / "monitoring/slos"
AVAILABILITY = (SHIPPED / "orders-availability.yaml").read_text()
ORDERS = 'http_requests_total{job="ironclad-backend",route=~"/api/orders.*"'


def test_the_shipped_objectives_are_what_was_promised() -> None:
    availability, latency = SloDocuments(SHIPPED).load(["orders-availability", "orders-latency"])
    assert availability == Objective(
        name="orders-availability",
        target=0.999,
        period=timedelta(days=30),
        declared_requests=259_200_000,
        indicator=Indicator(valid=ORDERS + "}", bad=ORDERS + ',status=~"5.."}'),
    )
    assert availability.error_budget == 0.001
    assert (latency.target, latency.error_budget) == (0.95, 0.05)
    assert latency.latency_threshold == timedelta(milliseconds=500)
    assert latency.indicator.bad is None
    assert 'le="0.5"' in (latency.indicator.good or "")


def test_objectives_come_in_the_order_in_which_they_are_asked_for() -> None:
    names = ["orders-latency", "orders-availability"]
    assert [one.name for one in SloDocuments(SHIPPED).load(names)] == names


def test_an_unknown_objective_names_those_that_there_are() -> None:
    with pytest.raises(BadInputError, match="'orders'; there are orders-availability, orders-lat"):
        SloDocuments(SHIPPED).load(["orders"])


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match="nowhere does not exist"):
        SloDocuments(tmp_path / "nowhere").load([])


def test_an_objective_may_be_declared_but_once(tmp_path: Path) -> None:
    for name in ("a.yaml", "b.yml"):
        (tmp_path / name).write_text(AVAILABILITY)
    with pytest.raises(BadInputError, match=r"b\.yml: the objective .* is declared twice"):
        SloDocuments(tmp_path).every()


def test_a_query_is_spelled_in_one_way_so_that_a_range_can_follow(tmp_path: Path) -> None:
    """A comment at its end would swallow the range that a rule puts behind it."""
    path = tmp_path / "slo.yaml"
    commented = AVAILABILITY.replace(',status=~"5.."}', ", status = ~5..}  # bad")
    path.write_text(commented.replace("~5..", "~`5..`").replace("= ~", "=~"))
    assert read_objective(path).indicator.bad == ORDERS + ',status=~"5.."}'


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        pytest.param("openslo/v1", "openslo/v2", "1:13: .*should be 'openslo/v1'", id="version"),
        pytest.param("kind: SLO", "kind: SLI", "2:7: .*'SLI', but should be 'SLO'", id="kind"),
        pytest.param("target: 0.999", "target: 99.9", "35:15: .*less than 1", id="percent"),
        pytest.param("target: 0.999", "target: high", "35:15: .*number", id="no number"),
        pytest.param("30d", "30 days", "30:.*'30 days' is not a duration", id="period"),
        pytest.param("isRolling: true", "isRolling: false", "31:.*should be True", id="calendar"),
        pytest.param("Occurrences", "Timeslices", "32:.*should be 'Occurrences'", id="method"),
        pytest.param('"259200000"', '"many"', "9:.*should match pattern", id="declared"),
        pytest.param("type: Prometheus", "type: Datadog", "2[0-9]:.*should be 'Prom", id="source"),
        pytest.param("        total:", "        totals:", "18:.*total is missing", id="no total"),
        pytest.param("        bad:", "        worse:", "18:.*one of good and bad", id="no bad"),
        pytest.param(',status=~"5.."}', "}[5m]", "2[0-9]:.*is no selector", id="a range"),
        pytest.param("5..", r"5\d\d", r"2[0-9]:.*\\d is no escape .*write \\\\d", id="backslash"),
        pytest.param("5..", "5++", "2[0-9]:.*'5\\+\\+' is none", id="no RE2"),
        pytest.param("name: orders-availability", "name: ironclad", "4:9: .*rule file", id="ours"),
        pytest.param("name: orders-availability", "name: Orders!", "4:9: .*pattern", id="name"),
        pytest.param("apiVersion", "\tapiVersion", "1:1: a tab", id="no YAML"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_reported_with_its_line_and_column(
    tmp_path: Path, old: str, new: str, sentence: str
) -> None:
    assert old in AVAILABILITY
    path = tmp_path / "slo.yaml"
    path.write_text(AVAILABILITY.replace(old, new, 1))
    with pytest.raises(BadInputError, match=rf"slo\.yaml:{sentence}"):
        read_objective(path)
