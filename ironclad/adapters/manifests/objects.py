"""From files and parameters to the objects of a stage, in apply order, and to one YAML stream."""

from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache, partial
from typing import Any

import yaml

from ironclad.adapters.manifests.common import finish
from ironclad.adapters.manifests.files import read_stage
from ironclad.adapters.manifests.patches import patch
from ironclad.domain.kubernetes.kube_object import KubeObject
from ironclad.domain.kubernetes.parameters.keys import show_values
from ironclad.domain.kubernetes.parameters.monitoring import MonitoringSource
from ironclad.domain.kubernetes.parameters.parameters import StackParameters
from ironclad.domain.kubernetes.stack_spec import STACK_SECRETS, StackSpec
from ironclad.domain.stack.stack import STAGES, Stage, ordered


def stack_spec(parameters: StackParameters) -> StackSpec:
    return StackSpec(
        namespace=parameters.namespace,
        objects=partial(objects, parameters=parameters),
        initial_replicas=initial_replicas(parameters),
        secrets=STACK_SECRETS,
        values=show_values(parameters),
        elsewhere=_elsewhere(parameters),
    )


def _elsewhere(parameters: StackParameters) -> dict[str, str]:
    monitoring = parameters.monitoring
    if monitoring.source is MonitoringSource.OWN:
        return {}
    urls = {"prometheus": monitoring.prometheus.url, "alertmanager": monitoring.alertmanager.url}
    return {name: url for name, url in urls.items() if url is not None}


class _Dumper(yaml.SafeDumper):
    """Writes texts of several lines as blocks, as a person would."""

    def ignore_aliases(self, data: object) -> bool:  # noqa: ARG002 - the parent's signature
        return True


def _represent_text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = "|" if "\n" in text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _represent_text)


def render(parameters: StackParameters, stages: Iterable[Stage] = STAGES) -> str:
    """Give what would be applied, in order, one document an object."""
    found = (item for stage in ordered(tuple(stages)) for item in objects(stage, parameters))
    return yaml.dump_all(
        found, Dumper=_Dumper, sort_keys=False, allow_unicode=True, explicit_start=True, width=100
    )


_ORDER = (
    "Namespace",
    "ResourceQuota",
    "LimitRange",
    "NetworkPolicy",
    "ServiceAccount",
    "ClusterRole",
    "ClusterRoleBinding",
    "Role",
    "RoleBinding",
    "ConfigMap",
    "PersistentVolumeClaim",
    "Service",
    "PodDisruptionBudget",
    "StatefulSet",
    "Deployment",
    "HorizontalPodAutoscaler",
    "Ingress",
)
"""What others need comes first; a policy stands before the pod that it shuts in."""


@lru_cache(maxsize=32)
def objects(stage: Stage, parameters: StackParameters) -> tuple[KubeObject, ...]:
    """Give the stage's objects in apply order; none for the Secrets, which are never applied.

    Read once for the same parameters, since every poll of a wait asks: never change what it gives.
    """
    wanted = [item for item in read_stage(stage) if is_wanted(item, parameters)]
    for item in wanted:
        patch(item, parameters)
    finish(wanted, stage, parameters)
    return tuple(sorted(wanted, key=_position))


def initial_replicas(parameters: StackParameters) -> dict[str, int]:
    """Give `spec.replicas` by Deployment, where an autoscaler owns it and `objects` leaves it out.

    Sent once, at creation, under a field manager of its own.
    """
    return {"backend": parameters.backend.replicas} if parameters.backend.autoscaling else {}


def _position(item: dict[str, Any]) -> tuple[int, str]:
    return _ORDER.index(item["kind"]), item["metadata"]["name"]


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
