"""What every object gets: its namespace, labels, filled ConfigMaps, and hashes of its settings."""

import hashlib
import json
from collections.abc import Iterable, Iterator
from typing import Any

from ironclad.adapters.manifests.files import packaged_texts
from ironclad.adapters.manifests.pods import containers_of, template_of
from ironclad.domain.kubernetes.kube_object import INSTANCE, IRONCLAD, MANAGED_BY, stage_labels
from ironclad.domain.kubernetes.parameters.parameters import StackParameters
from ironclad.domain.kubernetes.rules_version import VERSION, version_file
from ironclad.domain.stack.stack import Stage

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
