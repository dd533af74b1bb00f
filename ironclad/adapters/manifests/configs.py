"""Plain settings in ConfigMaps; a document inside one is parsed and patched like any other."""

from typing import Any

import yaml

from ironclad.domain.kubernetes.parameters.parameters import StackParameters
from ironclad.domain.text.durations import format_duration


def backend(item: dict[str, Any], parameters: StackParameters) -> None:
    if parameters.backend.otlp_endpoint is not None:
        item["data"]["OTEL_EXPORTER_OTLP_ENDPOINT"] = parameters.backend.otlp_endpoint


def prometheus(item: dict[str, Any], parameters: StackParameters) -> None:
    document = yaml.safe_load(item["data"]["prometheus.yml"])
    monitoring = parameters.monitoring
    document["global"] = {
        "scrape_interval": format_duration(monitoring.scrape_interval),
        "evaluation_interval": format_duration(monitoring.evaluation_interval),
    }
    kubelet = _job(document, "kubelet-cadvisor")
    kubelet["metric_relabel_configs"][0]["regex"] = parameters.namespace
    if monitoring.nodes_proxy:
        kubelet["relabel_configs"] += _THROUGH_THE_API_SERVER
    item["data"]["prometheus.yml"] = _text(document)


_THROUGH_THE_API_SERVER = (
    {"target_label": "__address__", "replacement": "kubernetes.default.svc:443"},
    {
        "source_labels": ["__meta_kubernetes_node_name"],
        "target_label": "__metrics_path__",
        "replacement": "/api/v1/nodes/$1/proxy/metrics/cadvisor",
    },
)


def grafana_datasources(item: dict[str, Any], parameters: StackParameters) -> None:
    document = yaml.safe_load(item["data"]["datasources.yaml"])
    (source,) = document["datasources"]
    source["jsonData"]["timeInterval"] = format_duration(parameters.monitoring.scrape_interval)
    item["data"]["datasources.yaml"] = _text(document)


def worker(item: dict[str, Any], parameters: StackParameters) -> None:
    item["data"]["PREFECT_API_URL"] = str(parameters.ironclad.prefect_api_url)


def _job(document: dict[str, Any], name: str) -> dict[str, Any]:
    job: dict[str, Any]
    (job,) = (job for job in document["scrape_configs"] if job["job_name"] == name)
    return job


def _text(document: object) -> str:
    return yaml.safe_dump(document, sort_keys=False)
