"""Which of the packaged objects a stack wants."""

from collections.abc import Callable, Mapping
from typing import Any

from ironclad.domain.kubernetes.parameters.monitoring import MonitoringSource
from ironclad.domain.kubernetes.parameters.parameters import StackParameters

_ONLY_IF: Mapping[tuple[str, str], Callable[[StackParameters], bool]] = {
    ("ResourceQuota", "ironclad-quota"): lambda p: p.quota.enabled,
    ("LimitRange", "ironclad-limits"): lambda p: p.quota.enabled,
    ("Ingress", "backend"): lambda p: p.backend.ingress.host is not None,
    ("HorizontalPodAutoscaler", "backend-hpa"): lambda p: p.backend.autoscaling,
}


def _is_own(parameters: StackParameters) -> bool:
    return parameters.monitoring.source is MonitoringSource.OWN


_APP_ONLY_IF: Mapping[str, Callable[[StackParameters], bool]] = {
    "prometheus": _is_own,
    "alertmanager": _is_own,
    "grafana": _is_own,
    "kube-state-metrics": _is_own,
    "ironclad-worker": lambda p: p.ironclad.prefect_api_url is not None,
}


def is_wanted(item: Mapping[str, Any], parameters: StackParameters) -> bool:
    meta = item["metadata"]
    by_name = _ONLY_IF.get((item["kind"], meta["name"]), _always)
    by_app = _APP_ONLY_IF.get(meta["labels"].get("app", ""), _always)
    return by_name(parameters) and by_app(parameters)


def _always(_: StackParameters) -> bool:
    return True
