"""New rules come to a Prometheus that goes on running: a deploy waits until it has read them."""

from collections.abc import Iterator
from typing import Any

import pytest

from ironclad.adapters.kubernetes.stage.judging import rules_read
from ironclad.adapters.manifests.objects import objects
from ironclad.domain.kubernetes.kube_object import KubeObject
from ironclad.domain.kubernetes.parameters.parameters import StackParameters
from ironclad.domain.kubernetes.rules_version import RECORD, wanted_version
from ironclad.domain.stack.readiness import Condition
from ironclad.domain.stack.stack import Stage
from tests.fakes.kube.asked import AskedCluster
from tests.fakes.prometheus.api import PrometheusApi
from tests.fakes.stack.serving import serving


@pytest.fixture
def prometheus() -> PrometheusApi:
    return PrometheusApi()


@pytest.fixture
def url(prometheus: PrometheusApi) -> Iterator[str]:
    with serving(prometheus.app()) as served:
        yield served


def of_version(version: str) -> list[dict[str, Any]]:
    other = {"name": "BudgetBurnFast", "type": "alerting"}
    mark = {"name": RECORD, "type": "recording", "labels": {"version": version}}
    return [{"name": "slo", "rules": [other]}, {"name": "version", "rules": [mark]}]


async def test_the_rules_of_before_are_waited_out(prometheus: PrometheusApi, url: str) -> None:
    prometheus.rules = of_version("old")
    answer = await rules_read(url, "new")
    assert answer.condition is Condition.IN_PROGRESS
    assert "Prometheus has the rules old, not new yet" in answer.message
    prometheus.rules = of_version("new")
    assert (await rules_read(url, "new")).is_ready


async def test_a_prometheus_from_before_has_no_version(prometheus: PrometheusApi, url: str) -> None:
    prometheus.rules = of_version("old")[:1]
    assert "has none of these rules, not new yet" in (await rules_read(url, "new")).message


@pytest.mark.parametrize("rules", ["", [{}], [{"rules": [{"name": RECORD}]}], 3])
async def test_an_answer_that_makes_no_sense_is_no_yes(
    prometheus: PrometheusApi, url: str, rules: Any
) -> None:
    prometheus.rules = rules
    assert (await rules_read(url, "new")).condition is Condition.IN_PROGRESS


async def test_a_prometheus_that_does_not_answer_is_no_yes() -> None:
    answer = await rules_read("http://127.0.0.1:1", "new")
    assert answer.condition is Condition.IN_PROGRESS
    assert "gave no answer" in answer.message


def only_rules(stage: Stage) -> tuple[KubeObject, ...]:
    found = objects(stage, StackParameters(namespace="demo"))
    return tuple(each for each in found if each["metadata"]["name"] == "prometheus-rules")


async def test_monitoring_is_ready_only_with_the_rules_of_this_deploy(
    own: AskedCluster,
    prometheus: PrometheusApi,
    url: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def reached(_: object, service: str) -> str:
        assert service == "prometheus"
        return url

    monkeypatch.setattr(
        "ironclad.adapters.kubernetes.stage.service_access.ServiceAccess.url", reached
    )
    prometheus.rules = of_version("old")
    async with own.platform(only_rules) as platform:
        await platform.apply(Stage.MONITORING)
        assert "not " in (await platform.readiness(Stage.MONITORING)).message
    prometheus.rules = of_version(wanted_version(only_rules(Stage.MONITORING)))
    async with own.platform(only_rules) as platform:
        assert (await platform.readiness(Stage.MONITORING)).is_ready
