"""What parameters change, object by object; anything else stays as its file says.

A document inside a ConfigMap is parsed and patched like any other.
"""

from collections.abc import Callable, Mapping
from typing import Any

import yaml

from ironclad.adapters.manifests import alerting, policies
from ironclad.adapters.manifests.pods import (
    claim_template,
    containers_of,
    replace_argument,
    set_amounts,
    set_image,
    set_storage,
)
from ironclad.domain.kubernetes.parameters.parameters import StackParameters
from ironclad.domain.text.durations import format_duration


def _backend_config(item: dict[str, Any], parameters: StackParameters) -> None:
    if parameters.backend.otlp_endpoint is not None:
        item["data"]["OTEL_EXPORTER_OTLP_ENDPOINT"] = parameters.backend.otlp_endpoint


def _prometheus_config(item: dict[str, Any], parameters: StackParameters) -> None:
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


def _grafana_datasources(item: dict[str, Any], parameters: StackParameters) -> None:
    document = yaml.safe_load(item["data"]["datasources.yaml"])
    (source,) = document["datasources"]
    source["jsonData"]["timeInterval"] = format_duration(parameters.monitoring.scrape_interval)
    item["data"]["datasources.yaml"] = _text(document)


def _worker_config(item: dict[str, Any], parameters: StackParameters) -> None:
    item["data"]["PREFECT_API_URL"] = str(parameters.ironclad.prefect_api_url)


def _job(document: dict[str, Any], name: str) -> dict[str, Any]:
    job: dict[str, Any]
    (job,) = (job for job in document["scrape_configs"] if job["job_name"] == name)
    return job


def _text(document: object) -> str:
    return yaml.safe_dump(document, sort_keys=False)


Patch = Callable[[dict[str, Any], StackParameters], None]

DEFAULT_NAMESPACE = "ironclad-demo"


def patch(item: dict[str, Any], parameters: StackParameters) -> None:
    found = _PATCHES.get((item["kind"], item["metadata"]["name"]))
    if found is not None:
        found(item, parameters)
    if item["kind"] == "NetworkPolicy":
        policies.patch_policy(item, parameters)


def _quota(item: dict[str, Any], parameters: StackParameters) -> None:
    quota = parameters.quota
    item["spec"]["hard"] = {
        "requests.cpu": str(quota.cpu),
        "requests.memory": str(quota.memory),
        "requests.storage": str(quota.storage),
        "pods": str(quota.pods),
    }


def _postgres(item: dict[str, Any], parameters: StackParameters) -> None:
    postgres = parameters.postgres
    set_image(item, postgres.image)
    set_amounts(item, postgres.requests, postgres.limits)
    set_storage(claim_template(item), postgres.storage)


def _backend(item: dict[str, Any], parameters: StackParameters) -> None:
    backend = parameters.backend
    set_image(item, backend.image)
    set_amounts(item, backend.requests, backend.limits)
    item["spec"]["replicas"] = backend.replicas
    if backend.autoscaling:
        del item["spec"]["replicas"]


def _autoscaler(item: dict[str, Any], parameters: StackParameters) -> None:
    backend, spec = parameters.backend, item["spec"]
    spec["minReplicas"], spec["maxReplicas"] = backend.replicas, backend.max_replicas
    (metric,) = spec["metrics"]
    metric["resource"]["target"]["averageUtilization"] = round(backend.target_cpu_ratio * 100)


def _disruption_budget(item: dict[str, Any], parameters: StackParameters) -> None:
    backend = parameters.backend
    item["spec"]["minAvailable"] = min(backend.min_available, backend.replicas - 1)


def _ingress(item: dict[str, Any], parameters: StackParameters) -> None:
    ingress, spec = parameters.backend.ingress, item["spec"]
    (rule,) = spec["rules"]
    rule["host"] = ingress.host
    if ingress.class_ is not None:
        spec["ingressClassName"] = ingress.class_
    if ingress.tls_secret is not None:
        spec["tls"] = [{"hosts": [ingress.host], "secretName": ingress.tls_secret}]


def _prometheus(item: dict[str, Any], parameters: StackParameters) -> None:
    prometheus = parameters.monitoring.prometheus
    set_image(item, prometheus.image)
    set_amounts(item, prometheus.requests, prometheus.limits)
    set_storage(claim_template(item), prometheus.storage)
    (container,) = containers_of(item)
    flag = "--storage.tsdb.retention.time="
    replace_argument(container, "args", f"{flag}35d", flag + format_duration(prometheus.retention))


def _prometheus_role(item: dict[str, Any], parameters: StackParameters) -> None:
    _named_for_namespace(item, parameters)
    if parameters.monitoring.nodes_proxy:
        item["rules"][0]["resources"].append("nodes/proxy")


def _prometheus_binding(item: dict[str, Any], parameters: StackParameters) -> None:
    _named_for_namespace(item, parameters)
    item["roleRef"]["name"] = item["metadata"]["name"]


def _named_for_namespace(item: dict[str, Any], parameters: StackParameters) -> None:
    item["metadata"]["name"] = f"{parameters.namespace}-prometheus"


def _kube_state_metrics(item: dict[str, Any], parameters: StackParameters) -> None:
    set_image(item, parameters.monitoring.kube_state_metrics_image)
    (container,) = containers_of(item)
    flag = "--namespaces="
    replace_argument(container, "args", flag + DEFAULT_NAMESPACE, flag + parameters.namespace)


def _janitor(item: dict[str, Any], parameters: StackParameters) -> None:
    set_image(item, parameters.ironclad.image)
    (container,) = containers_of(item)
    flag = "--stack="
    replace_argument(container, "command", flag + DEFAULT_NAMESPACE, flag + parameters.namespace)


def _worker(item: dict[str, Any], parameters: StackParameters) -> None:
    set_image(item, parameters.ironclad.image)
    register, worker = containers_of(item)
    for container in (register, worker):
        replace_argument(container, "command", "ironclad-kubernetes", parameters.ironclad.work_pool)
    replace_argument(register, "command", DEFAULT_NAMESPACE, parameters.namespace)


_PATCHES: Mapping[tuple[str, str], Patch] = {
    ("ResourceQuota", "ironclad-quota"): _quota,
    ("StatefulSet", "postgres"): _postgres,
    ("Deployment", "backend"): _backend,
    ("ConfigMap", "backend-config"): _backend_config,
    ("HorizontalPodAutoscaler", "backend-hpa"): _autoscaler,
    ("PodDisruptionBudget", "backend-pdb"): _disruption_budget,
    ("Ingress", "backend"): _ingress,
    ("StatefulSet", "prometheus"): _prometheus,
    ("ConfigMap", "prometheus-config"): _prometheus_config,
    ("ClusterRole", "ironclad-demo-prometheus"): _prometheus_role,
    ("ClusterRoleBinding", "ironclad-demo-prometheus"): _prometheus_binding,
    ("Deployment", "alertmanager"): alerting.deployment,
    ("ConfigMap", "alertmanager-config"): alerting.config,
    ("Deployment", "grafana"): lambda i, p: set_image(i, p.monitoring.grafana_image),
    ("ConfigMap", "grafana-datasources"): _grafana_datasources,
    ("Deployment", "kube-state-metrics"): _kube_state_metrics,
    ("Deployment", "postgres-exporter"): lambda i, p: set_image(
        i, p.monitoring.postgres_exporter_image
    ),
    ("Deployment", "janitor"): _janitor,
    ("PersistentVolumeClaim", "janitor-storage"): lambda i, p: set_storage(i, p.ironclad.storage),
    ("Deployment", "ironclad-worker"): _worker,
    ("ConfigMap", "ironclad-worker-config"): _worker_config,
    ("PersistentVolumeClaim", "ironclad-storage"): lambda i, p: set_storage(i, p.ironclad.storage),
}
