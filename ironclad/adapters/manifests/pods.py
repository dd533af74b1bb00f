"""Reaches into workloads; what is not there is a damaged manifest, and a KeyError says so."""

from collections.abc import Iterator, Mapping
from typing import Any

from ironclad.domain.kubernetes.parameters.parts import Amounts, Storage


def template_of(item: Mapping[str, Any]) -> dict[str, Any] | None:
    """Give the pod template of a workload, None for any other object."""
    template: dict[str, Any] | None = (item.get("spec") or {}).get("template")
    return template


def containers_of(item: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    template = template_of(item)
    if template is not None:
        yield from template["spec"].get("initContainers", ())
        yield from template["spec"]["containers"]


def set_image(item: Mapping[str, Any], image: str) -> None:
    for container in containers_of(item):
        container["image"] = image


def set_amounts(item: Mapping[str, Any], requests: Amounts, limits: Amounts) -> None:
    for container in containers_of(item):
        container["resources"] = {"requests": _amounts(requests), "limits": _amounts(limits)}


def set_storage(claim: dict[str, Any], storage: Storage) -> None:
    """Patch a claim, or the claim template of a StatefulSet."""
    spec = claim["spec"]
    spec["resources"]["requests"]["storage"] = str(storage.size)
    if storage.class_ is not None:
        spec["storageClassName"] = storage.class_


def claim_template(item: Mapping[str, Any]) -> dict[str, Any]:
    claim: dict[str, Any]
    (claim,) = item["spec"]["volumeClaimTemplates"]
    return claim


def replace_argument(container: dict[str, Any], field: str, before: str, after: str) -> None:
    """Replace one argument. Raises ValueError when the manifest does not have it."""
    arguments: list[str] = container[field]
    arguments[arguments.index(before)] = after


def _amounts(amounts: Amounts) -> dict[str, str]:
    return {"cpu": str(amounts.cpu), "memory": str(amounts.memory)}
