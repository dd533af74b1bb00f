"""Kubernetes objects as the API gives them: fields, times, labels and names."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from ironclad.domain.stack.stack import Stage


def stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def moment(text: str) -> datetime:
    """Raises ValueError for anything else."""
    return datetime.fromisoformat(text).astimezone(UTC)


MANAGED_BY = "app.kubernetes.io/managed-by"
INSTANCE = "app.kubernetes.io/instance"
STAGE = "ironclad.dev/stage"
UNDO = "ironclad.dev/undo"
RUN = "ironclad.dev/run"
GAME_DAYS = "ironclad.dev/game-days"

IRONCLAD = "ironclad"


def stage_labels(stage: Stage, instance: str) -> dict[str, str]:
    """Mark an object as this stage's; nothing without all three is ever pruned or removed."""
    return {MANAGED_BY: IRONCLAD, INSTANCE: instance, STAGE: stage.value}


def selector(labels: Mapping[str, str]) -> str:
    return ",".join(f"{key}={value}" for key, value in sorted(labels.items()))


KubeObject = Mapping[str, Any]
"""A parsed object; read it with the helpers here, never change it."""


@dataclass(frozen=True, slots=True, order=True)
class ObjectRef:
    """Names one object; two of different API versions are the same one."""

    kind: str
    name: str
    namespace: str = ""

    def __str__(self) -> str:
        return f"{self.kind}/{self.name}"


def ref_of(item: KubeObject) -> ObjectRef:
    meta = metadata(item)
    return ObjectRef(str(item["kind"]), str(meta["name"]), str(meta.get("namespace", "")))


def metadata(item: KubeObject) -> KubeObject:
    return section(item, "metadata")


def spec(item: KubeObject) -> KubeObject:
    return section(item, "spec")


def status(item: KubeObject) -> KubeObject:
    return section(item, "status")


def section(item: KubeObject, *names: str) -> KubeObject:
    """Walk into nested mappings; an empty one where any of them is missing."""
    for name in names:
        item = item.get(name) or {}
    return item


def labels(item: KubeObject) -> Mapping[str, str]:
    return section(item, "metadata", "labels")


def condition(item: KubeObject, kind: str) -> KubeObject:
    """Give the status condition of this type; an empty mapping when it is not there."""
    found = (c for c in status(item).get("conditions") or () if c.get("type") == kind)
    return next(found, {})


def is_outdated(item: KubeObject) -> bool:
    """Tell whether its status, and whatever belongs to it, is about an earlier generation."""
    observed = status(item).get("observedGeneration")
    return observed is not None and bool(observed < metadata(item).get("generation", 0))


def matches(selector: Mapping[str, str], item: KubeObject) -> bool:
    """Tell whether an object carries every label of a selector; an empty one fits none."""
    has = labels(item)
    return bool(selector) and all(has.get(key) == value for key, value in selector.items())


def owner_uids(item: KubeObject) -> frozenset[str]:
    return frozenset(str(owner.get("uid")) for owner in metadata(item).get("ownerReferences") or ())


def labelled(item: KubeObject, marks: Mapping[str, str]) -> dict[str, Any]:
    """Give a copy that carries these labels as well."""
    meta = {**metadata(item), "labels": {**labels(item), **marks}}
    return {**item, "metadata": meta}
