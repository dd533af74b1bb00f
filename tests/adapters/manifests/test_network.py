"""Who may reach whom: the stack's NetworkPolicies as one table of what must and must not be."""

from typing import Any

import pytest

from ironclad.adapters.manifests.objects import objects
from ironclad.domain.kubernetes.kube_object import KubeObject
from ironclad.domain.kubernetes.parameters.keys import read_pairs
from ironclad.domain.stack.stack import STAGES
from tools.manifest_lint.network import Peer, Port, may_reach

pytestmark = pytest.mark.data

HERE, API = "ironclad-demo", "10.9.8.7"
WORKER = "ironclad.prefect_api_url=http://prefect.far:4200/api"


def pod(app: str) -> Peer:
    return Peer(namespace=HERE, labels={"app": app})


BACKEND, POSTGRES, LOAD = pod("backend"), pod("postgres"), pod("load")
PROMETHEUS, ALERTMANAGER, GRAFANA = pod("prometheus"), pod("alertmanager"), pod("grafana")
EXPORTER, KUBE_STATE, JANITOR = pod("postgres-exporter"), pod("kube-state-metrics"), pod("janitor")
WORKLOAD = Peer(namespace=HERE, labels={"app": "web", "ironclad.dev/load": "allowed"})
RUNNER, STRANGER_HERE = pod("ironclad-worker"), pod("something-else")
STRANGER = Peer(namespace="elsewhere", labels={"app": "backend"})
DNS = Peer(namespace="kube-system", labels={"k8s-app": "kube-dns"})
OUTSIDE, API_SERVER = Peer(address="203.0.113.7"), Peer(address=API)


def policies(*pairs: str) -> tuple[KubeObject, ...]:
    parameters = read_pairs((WORKER, *pairs))
    return tuple(
        item
        for stage in STAGES
        for item in objects(stage, parameters)
        if item["kind"] == "NetworkPolicy"
    )


MUST: dict[str, tuple[Peer, Peer, int]] = {
    "backend to the database": (BACKEND, POSTGRES, 5432),
    "exporter to the database": (EXPORTER, POSTGRES, 5432),
    "any namespace to the backend": (STRANGER, BACKEND, 3000),
    "load to the backend": (LOAD, BACKEND, 3000),
    "load to a Deployment of one's own": (LOAD, WORKLOAD, 8080),
    "Prometheus to the backend": (PROMETHEUS, BACKEND, 3000),
    "Prometheus to the exporter": (PROMETHEUS, EXPORTER, 9187),
    "Prometheus to kube-state-metrics": (PROMETHEUS, KUBE_STATE, 8080),
    "Prometheus to Alertmanager": (PROMETHEUS, ALERTMANAGER, 9093),
    "Prometheus to the janitor": (PROMETHEUS, JANITOR, 8080),
    "Prometheus to a kubelet": (PROMETHEUS, OUTSIDE, 10250),
    "Prometheus to the API server": (PROMETHEUS, API_SERVER, 6443),
    "kube-state-metrics to the API server": (KUBE_STATE, API_SERVER, 443),
    "Alertmanager to the janitor": (ALERTMANAGER, JANITOR, 8080),
    "Grafana to Prometheus": (GRAFANA, PROMETHEUS, 9090),
    "janitor to the backend": (JANITOR, BACKEND, 3000),
    "janitor to Prometheus": (JANITOR, PROMETHEUS, 9090),
    "janitor to Alertmanager": (JANITOR, ALERTMANAGER, 9093),
    "janitor to the API server": (JANITOR, API_SERVER, 8443),
    "worker to the API server": (RUNNER, API_SERVER, 6443),
    "worker to the Prefect API": (RUNNER, OUTSIDE, 4200),
    "worker to the backend": (RUNNER, BACKEND, 3000),
    "worker to Prometheus": (RUNNER, PROMETHEUS, 9090),
    "worker to Alertmanager": (RUNNER, ALERTMANAGER, 9093),
    "worker to the janitor": (RUNNER, JANITOR, 8080),
}

MUST_NOT: dict[str, tuple[Peer, Peer, int]] = {
    "a stranger to the database": (STRANGER, POSTGRES, 5432),
    "a stranger in the namespace to the database": (STRANGER_HERE, POSTGRES, 5432),
    "load to the database": (LOAD, POSTGRES, 5432),
    "load to a stranger in the namespace": (LOAD, STRANGER_HERE, 8080),
    "a stranger to a Deployment of one's own": (STRANGER, WORKLOAD, 8080),
    "a Deployment of one's own to the database": (WORKLOAD, POSTGRES, 5432),
    "Grafana to the database": (GRAFANA, POSTGRES, 5432),
    "the database to the backend": (POSTGRES, BACKEND, 3000),
    "the database to the world": (POSTGRES, OUTSIDE, 443),
    "a stranger in the namespace to the backend": (STRANGER_HERE, BACKEND, 3000),
    "a stranger in the namespace to the world": (STRANGER_HERE, OUTSIDE, 443),
    "a stranger to another port of the backend": (STRANGER, BACKEND, 9999),
    "a stranger to Prometheus": (STRANGER, PROMETHEUS, 9090),
    "a stranger to Alertmanager": (STRANGER, ALERTMANAGER, 9093),
    "a stranger to the janitor": (STRANGER, JANITOR, 8080),
    "a stranger to Grafana": (STRANGER, GRAFANA, 3000),
    "backend to the world": (BACKEND, OUTSIDE, 443),
    "backend to the API server": (BACKEND, API_SERVER, 6443),
    "backend to Prometheus": (BACKEND, PROMETHEUS, 9090),
    "load to the world": (LOAD, OUTSIDE, 443),
    "load to the API server": (LOAD, API_SERVER, 6443),
    "Grafana to the world": (GRAFANA, OUTSIDE, 443),
    "Alertmanager to the API server": (ALERTMANAGER, API_SERVER, 6443),
    "exporter to the API server": (EXPORTER, API_SERVER, 6443),
}


@pytest.mark.parametrize(("source", "target", "port"), MUST.values(), ids=MUST)
def test_a_connection_that_must_be_open(source: Peer, target: Peer, port: int) -> None:
    assert may_reach(policies(), source, target, Port(port))


@pytest.mark.parametrize(("source", "target", "port"), MUST_NOT.values(), ids=MUST_NOT)
def test_a_connection_that_must_be_closed(source: Peer, target: Peer, port: int) -> None:
    assert not may_reach(policies(), source, target, Port(port))


@pytest.mark.parametrize("protocol", ["TCP", "UDP"])
@pytest.mark.parametrize(
    "source",
    [BACKEND, LOAD, PROMETHEUS, ALERTMANAGER, GRAFANA, EXPORTER, KUBE_STATE, JANITOR, RUNNER],
    ids=lambda peer: peer.labels["app"],
)
def test_who_calls_by_name_may_ask_for_it(source: Peer, protocol: str) -> None:
    assert may_reach(policies(), source, DNS, Port(53, protocol))


def test_the_database_looks_up_no_name() -> None:
    assert not may_reach(policies(), POSTGRES, DNS, Port(53, "UDP"))


def test_traces_leave_only_for_a_given_collector() -> None:
    named = policies("backend.otlp_endpoint=http://collector.far:4318")
    assert not may_reach(policies(), BACKEND, OUTSIDE, Port(4318))
    assert may_reach(named, BACKEND, OUTSIDE, Port(4318))


def test_a_named_api_server_is_the_only_one() -> None:
    named = policies(f"api_server.cidr={API}/32", "api_server.port=6443")
    assert may_reach(named, JANITOR, API_SERVER, Port(6443))
    assert not may_reach(named, JANITOR, OUTSIDE, Port(6443))
    assert not may_reach(named, JANITOR, API_SERVER, Port(443))


def test_a_named_api_server_may_proxy_to_the_ports_that_game_days_use() -> None:
    named = policies(f"api_server.cidr={API}/32")
    ports = ((BACKEND, 3000), (PROMETHEUS, 9090), (ALERTMANAGER, 9093), (JANITOR, 8080))
    assert all(may_reach(named, API_SERVER, target, Port(port)) for target, port in ports)
    assert not may_reach(named, API_SERVER, POSTGRES, Port(5432))
    assert not may_reach(named, OUTSIDE, PROMETHEUS, Port(9090))


def test_existing_monitoring_comes_in_from_its_own_namespace() -> None:
    existing = policies(
        "monitoring=existing",
        "monitoring.prometheus.url=http://prometheus.far:9090",
        "monitoring.alertmanager.url=https://alertmanager.far",
    )
    assert may_reach(existing, STRANGER, JANITOR, Port(8080))
    assert may_reach(existing, STRANGER, EXPORTER, Port(9187))
    assert may_reach(existing, JANITOR, OUTSIDE, Port(443))
    assert not may_reach(existing, STRANGER, POSTGRES, Port(5432))


def policy(**body: Any) -> dict[str, Any]:
    wanted = {"podSelector": {}, "policyTypes": ["Ingress"], **body}
    return {"kind": "NetworkPolicy", "metadata": {"name": "p", "namespace": "n"}, "spec": wanted}


SOURCE = Peer(namespace="n", labels={"app": "a"}, address="10.0.0.5")
TARGET = Peer(namespace="n", labels={"app": "b"})


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        ([], False),
        ([{}], True),
        ([{"from": []}], True),
        ([{"from": [{"podSelector": {}}]}], True),
        ([{"from": [{"podSelector": {"matchLabels": {"app": "c"}}}]}], False),
        ([{"from": [{"namespaceSelector": {}}]}], True),
        (
            [
                {
                    "from": [
                        {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "n"}}}
                    ]
                }
            ],
            True,
        ),
        ([{"from": [{"ipBlock": {"cidr": "10.0.0.0/24"}}]}], True),
        ([{"from": [{"ipBlock": {"cidr": "10.0.0.0/24", "except": ["10.0.0.5/32"]}}]}], False),
        ([{"ports": [{"port": 80}]}], True),
        ([{"ports": [{"port": 79, "endPort": 81}]}], True),
        ([{"ports": [{"port": 80, "protocol": "UDP"}]}], False),
        ([{"ports": [{"port": 81}]}], False),
        ([{"ports": [{"protocol": "TCP"}]}], True),
    ],
)
def test_the_rules_of_a_policy(rules: list[Any], expected: bool) -> None:  # noqa: FBT001
    assert may_reach([policy(ingress=rules)], SOURCE, TARGET, Port(80)) is expected


def test_a_policy_of_another_namespace_or_direction_says_nothing() -> None:
    other = policy(ingress=[])
    other["metadata"]["namespace"] = "m"
    egress = policy(policyTypes=["Egress"], egress=[{}])
    assert may_reach([other, egress], SOURCE, TARGET, Port(80))


def test_selectors_that_are_not_understood_are_refused() -> None:
    odd = policy(podSelector={"matchExpressions": []})
    with pytest.raises(ValueError, match="matchExpressions"):
        may_reach([odd], SOURCE, TARGET, Port(80))
