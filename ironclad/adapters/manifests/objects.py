"""From files and parameters to the objects of a stage, in apply order, and to one YAML stream."""

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache, partial
from typing import Any

import yaml

from ironclad.adapters.manifests.files import packaged_texts, read_stage
from ironclad.adapters.manifests.patches import patch
from ironclad.adapters.manifests.pods import containers_of, template_of
from ironclad.domain.kubernetes.kube_object import (
    INSTANCE,
    IRONCLAD,
    MANAGED_BY,
    KubeObject,
    stage_labels,
)
from ironclad.domain.kubernetes.parameters.keys import show_values
from ironclad.domain.kubernetes.parameters.monitoring import MonitoringSource
from ironclad.domain.kubernetes.parameters.parameters import StackParameters
from ironclad.domain.kubernetes.rules_version import VERSION, version_file
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


CONFIG_HASH = "ironclad.dev/config-hash"
_FILES = "ironclad.dev/files"
_CLUSTER_SCOPED = frozenset({"Namespace", "ClusterRole", "ClusterRoleBinding"})


def finish(items: list[dict[str, Any]], stage: Stage, parameters: StackParameters) -> None:
    for item in items:
        _settle(item, stage, parameters)
        _fill(item)
    settings = {i["metadata"]["name"]: _read_at_start(i) for i in items if i["kind"] == "ConfigMap"}
    for item in items:
        _finish_template(item, settings, parameters)


def _settle(item: dict[str, Any], stage: Stage, parameters: StackParameters) -> None:
    meta = item["metadata"]
    if item["kind"] == "Namespace":
        meta["name"] = parameters.namespace
    if item["kind"] not in _CLUSTER_SCOPED:
        meta["namespace"] = parameters.namespace
    for subject in item.get("subjects", ()):
        subject["namespace"] = parameters.namespace
    meta["labels"] |= stage_labels(stage, parameters.namespace)


def _fill(item: dict[str, Any]) -> None:
    annotations = item["metadata"].get("annotations", {})
    folder = annotations.get(_FILES)
    if folder is not None:
        item["data"] = packaged_texts(folder)
    if VERSION in annotations:
        annotations[VERSION] = _hash(item["data"])
        item["data"] |= version_file(annotations[VERSION])


def _read_at_start(item: dict[str, Any]) -> dict[str, str]:
    """Give what a change of rolls its readers out for: none of what is read anew by itself."""
    return {} if VERSION in item["metadata"].get("annotations", {}) else item["data"]


def _finish_template(
    item: dict[str, Any], settings: dict[str, dict[str, str]], parameters: StackParameters
) -> None:
    template = template_of(item)
    if template is None:
        return
    meta = template["metadata"]
    meta["labels"] |= {INSTANCE: parameters.namespace, MANAGED_BY: IRONCLAD}
    used = {name: settings[name] for name in sorted(set(_configs_of(item)))}
    if used:
        meta.setdefault("annotations", {})[CONFIG_HASH] = _hash(used)
    if parameters.pull_secret is not None:
        template["spec"]["imagePullSecrets"] = [{"name": parameters.pull_secret}]


def _configs_of(item: dict[str, Any]) -> Iterator[str]:
    """List the ConfigMaps that a workload reads; all of its own stage, or a KeyError says so."""
    template = template_of(item) or {"spec": {}}
    for volume in template["spec"].get("volumes", ()):
        if "configMap" in volume:
            yield volume["configMap"]["name"]
    for container in containers_of(item):
        yield from _sources(container.get("envFrom", ()))


def _sources(sources: Iterable[dict[str, Any]]) -> Iterator[str]:
    for source in sources:
        if "configMapRef" in source:
            yield source["configMapRef"]["name"]


def _hash(data: object) -> str:
    text = json.dumps(data, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]
