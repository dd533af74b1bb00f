"""Do a stack's objects fit together? Every name that one mentions, looked for among the others."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ironclad.domain.kubernetes.kube_object import (
    KubeObject,
    ObjectRef,
    metadata,
    ref_of,
    section,
    spec,
)
from ironclad.domain.kubernetes.stack_spec import WantedSecret

Keys = Mapping[tuple[str, str], frozenset[str]]
"""The keys of each ConfigMap and Secret, by kind and name."""


def problems(items: Iterable[KubeObject], secrets: Iterable[WantedSecret]) -> tuple[str, ...]:
    """List what does not fit, one sentence each: names twice, dangling references, no amounts."""
    known = tuple(items)
    keys = _keys(known, secrets)
    found = [*_twice(known)]
    for item in known:
        found += _of_selector(item, known)
        if template := section(item, "spec", "template"):
            found += (f"{ref_of(item)}: {text}" for text in _of_pod(template, known, keys))
    return tuple(found)


def _twice(items: tuple[KubeObject, ...]) -> Iterator[str]:
    seen: set[ObjectRef] = set()
    for item in items:
        if ref_of(item) in seen:
            yield f"{ref_of(item)} stands here twice"
        seen.add(ref_of(item))


def _keys(items: tuple[KubeObject, ...], secrets: Iterable[WantedSecret]) -> Keys:
    configs = {
        ("ConfigMap", str(metadata(item)["name"])): frozenset(item.get("data") or ())
        for item in items
        if item["kind"] == "ConfigMap"
    }
    return configs | {("Secret", each.name): frozenset(each.keys) for each in secrets}


def _of_selector(item: KubeObject, items: tuple[KubeObject, ...]) -> Iterator[str]:
    """A Service or a budget that selects no pod is a typing error that would go unseen."""
    wanted = _selector(item)
    if wanted is None:
        return
    fitting = [other for other in items if wanted.items() <= _pod_labels(other).items()]
    if not fitting:
        yield f"{ref_of(item)} selects no pod template"
    for port in spec(item).get("ports") or ():
        if fitting and port["targetPort"] not in _port_names(fitting):
            yield f"{ref_of(item)} leads to a port {port['targetPort']!r} that no container has"


def _selector(item: KubeObject) -> Mapping[str, str] | None:
    match item["kind"]:
        case "Service":
            return spec(item).get("selector") or {}
        case "PodDisruptionBudget" | "Deployment" | "StatefulSet":
            return section(item, "spec", "selector", "matchLabels")
    return None


def _pod_labels(item: KubeObject) -> Mapping[str, str]:
    return section(item, "spec", "template", "metadata", "labels")


def _port_names(items: Iterable[KubeObject]) -> frozenset[str]:
    specs = (section(item, "spec", "template", "spec") for item in items)
    return frozenset(
        port["name"]
        for pod in specs
        for container in pod.get("containers") or ()
        for port in container.get("ports") or ()
    )


def _of_pod(template: KubeObject, items: tuple[KubeObject, ...], keys: Keys) -> Iterator[str]:
    pod = spec(template)
    accounts = {metadata(item)["name"] for item in items if item["kind"] == "ServiceAccount"}
    if pod["serviceAccountName"] not in accounts:
        yield f"there is no ServiceAccount {pod['serviceAccountName']}"
    for volume in pod.get("volumes") or ():
        yield from _of_volume(volume, keys)
    for container in (*(pod.get("initContainers") or ()), *pod["containers"]):
        yield from _of_container(container, keys)


def _of_volume(volume: Mapping[str, Any], keys: Keys) -> Iterator[str]:
    for kind, field, name in (
        ("ConfigMap", "configMap", "name"),
        ("Secret", "secret", "secretName"),
    ):
        if field in volume:
            yield from _lookup(kind, volume[field][name], volume[field].get("items"), keys)


def _of_container(container: Mapping[str, Any], keys: Keys) -> Iterator[str]:
    for source in container.get("envFrom") or ():
        yield from _lookup("ConfigMap", source["configMapRef"]["name"], None, keys)
    for variable in container.get("env") or ():
        for kind, field in (("ConfigMap", "configMapKeyRef"), ("Secret", "secretKeyRef")):
            if wanted := section(variable, "valueFrom", field):
                yield from _lookup(kind, wanted["name"], [wanted], keys)
    for what in ("requests", "limits"):
        if set(section(container, "resources", what)) != {"cpu", "memory"}:
            yield f"container {container['name']} lacks {what} of cpu and memory"


def _lookup(kind: str, name: str, items: Any, keys: Keys) -> Iterator[str]:
    if (kind, name) not in keys:
        yield f"there is no {kind} {name}"
        return
    for item in items or ():
        if item["key"] not in keys[kind, name]:
            yield f"{kind} {name} has no key {item['key']}"
