"""NetworkPolicies: what depends on where the cluster keeps its API server, and on given URLs."""

from typing import Any
from urllib.parse import urlsplit

from ironclad.adapters.manifests.alerting import secrets
from ironclad.domain.kubernetes.parameters.monitoring import MonitoringSource
from ironclad.domain.kubernetes.parameters.parameters import ApiServer, StackParameters

_API_PORTS = (443, 6443, 8443)
"""An egress rule for exactly these ports, to anywhere, is the way to the API server."""

_PROXIED = frozenset(
    {"backend-netpol", "prometheus-netpol", "alertmanager-netpol", "janitor-netpol"}
)
"""Policies of the services that Ironclad also reaches through the API server's proxy."""

_SERVED_TO_EXISTING = frozenset({"janitor-netpol", "postgres-exporter-netpol"})
_READS_MONITORING = frozenset({"janitor-netpol", "ironclad-worker-netpol"})
_DEFAULT_PORTS = {"http": 80, "https": 443}


def patch_policy(item: dict[str, Any], parameters: StackParameters) -> None:
    name, spec = item["metadata"]["name"], item["spec"]
    for rule in spec.get("egress", ()):
        _narrow_api_rule(rule, parameters.api_server)
    if name in _PROXIED and parameters.api_server.cidr is not None:
        _ingress(spec).append({"ipBlock": {"cidr": parameters.api_server.cidr}})
    if parameters.monitoring.source is MonitoringSource.EXISTING and name in _SERVED_TO_EXISTING:
        _ingress(spec).append({"namespaceSelector": {}})
    if name == "alertmanager-netpol" and any(secrets(parameters.monitoring.alertmanager)):
        spec["egress"].append({"ports": [{"port": 443, "protocol": "TCP"}]})
    for url in _urls(name, parameters):
        spec["egress"].append(_to_url(url))


def _ingress(spec: dict[str, Any]) -> list[dict[str, Any]]:
    (rule,) = spec["ingress"]
    sources: list[dict[str, Any]] = rule["from"]
    return sources


def _narrow_api_rule(rule: dict[str, Any], api_server: ApiServer) -> None:
    if "to" in rule or tuple(entry["port"] for entry in rule["ports"]) != _API_PORTS:
        return
    if api_server.cidr is not None:
        rule["to"] = [{"ipBlock": {"cidr": api_server.cidr}}]
    if api_server.port is not None:
        rule["ports"] = [{"port": api_server.port, "protocol": "TCP"}]


def _urls(name: str, parameters: StackParameters) -> list[str]:
    monitoring = parameters.monitoring
    urls = {
        "backend-netpol": [parameters.backend.otlp_endpoint],
        "ironclad-worker-netpol": [parameters.ironclad.prefect_api_url],
    }.get(name, [])
    if monitoring.source is MonitoringSource.EXISTING and name in _READS_MONITORING:
        urls = [*urls, monitoring.prometheus.url, monitoring.alertmanager.url]
    return [url for url in urls if url is not None]


def _to_url(url: str) -> dict[str, Any]:
    """Open the port alone: a policy cannot name a host, and a host may have many addresses."""
    parts = urlsplit(url)
    return {"ports": [{"port": parts.port or _DEFAULT_PORTS[parts.scheme], "protocol": "TCP"}]}
