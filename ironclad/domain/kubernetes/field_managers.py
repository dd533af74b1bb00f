"""Who owns which field of an object: the part of server-side apply that needs thinking about."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from ironclad.domain.kubernetes.kube_object import KubeObject, metadata, section, spec

MANAGER = "ironclad"

INITIAL_REPLICAS_MANAGER = "ironclad-initial-replicas"
"""Owns `spec.replicas` until an autoscaler or a person takes it; `ironclad` itself never does."""

LAST_AVAILABLE_MANAGER = "ironclad-last-available"
"""Owns the note of a Deployment's last good revision, which no applied object names."""

GAME_DAY_MANAGER = "ironclad-game-day"
"""Changes a field for the time of a fault, and gives it back to its owner."""


def owners_of_replicas(item: KubeObject) -> frozenset[str]:
    """Name the managers that claim `spec.replicas`; empty where it is only the API's default."""
    entries = metadata(item).get("managedFields") or ()
    return frozenset(str(each.get("manager")) for each in entries if _claims_replicas(each))


def _claims_replicas(entry: Mapping[str, Any]) -> bool:
    return "f:replicas" in section(entry, "fieldsV1", "f:spec")


def is_applied_by_us(item: KubeObject) -> bool:
    """Only what Ironclad itself applied may be pruned, whatever labels others copied."""
    entries = metadata(item).get("managedFields") or ()
    return any(
        each.get("manager") == MANAGER and each.get("operation") == "Apply" for each in entries
    )


def only_replicas(item: KubeObject, replicas: int) -> dict[str, Any]:
    """Give the smallest object that claims `spec.replicas` and nothing else."""
    return {**_named(item), "spec": {"replicas": replicas}}


def only_annotation(item: KubeObject, name: str, value: str) -> dict[str, Any]:
    """Give the smallest object that claims one annotation and nothing else."""
    whole = _named(item)
    return {**whole, "metadata": {**whole["metadata"], "annotations": {name: value}}}


def _named(item: KubeObject) -> dict[str, Any]:
    meta = metadata(item)
    named = {key: meta[key] for key in ("name", "namespace") if key in meta}
    return {"apiVersion": item["apiVersion"], "kind": item["kind"], "metadata": named}


def is_owned_by_us(item: KubeObject, parts: Sequence[str]) -> bool:
    """Tell whether we claim a field, something below it, or the whole that it is in.

    `parts` are those of a `FieldChange`; fields are written as
    https://kubernetes.io/docs/reference/using-api/server-side-apply/#field-management says.
    """
    return any(_claims(fields, parts) for fields in _ours(item))


def is_named_by_us(item: KubeObject, parts: Sequence[str]) -> bool:
    """Tell whether we claim a field by its own name: in a list owned whole, defaults are not."""
    return any(_claims(fields, parts, by_whole=False) for fields in _ours(item))


def _ours(item: KubeObject) -> list[Mapping[str, Any]]:
    entries = metadata(item).get("managedFields") or ()
    return [each.get("fieldsV1") or {} for each in entries if each.get("manager") == MANAGER]


def _claims(fields: Mapping[str, Any], parts: Sequence[str], *, by_whole: bool = True) -> bool:
    if not parts:
        return True
    found = [child for key, child in fields.items() if _is_named(key, parts[0])]
    return any(
        _claims(child, parts[1:], by_whole=by_whole) if child else by_whole or not parts[1:]
        for child in found
    )


def _is_named(key: str, part: str) -> bool:
    """Tell whether `f:image` is `image`, and `k:{"name":"main"}` is `[name=main]`."""
    if key.startswith("k:") and part.startswith("["):
        name, _, value = part[1:-1].partition("=")
        return str(json.loads(key[2:]).get(name)) == value
    return key == f"f:{part}"


def must_hand_over(wanted: KubeObject, live: KubeObject | None) -> bool:
    """Tell that `ironclad` owns the replicas and no longer names them.

    Merely leaving the field out would set it back to 1 for a moment.
    """
    if live is None or "replicas" in spec(wanted):
        return False
    return owners_of_replicas(live) == {MANAGER}


def given_back(
    now: Sequence[Mapping[str, Any]], before: Sequence[Mapping[str, Any]]
) -> list[Mapping[str, Any]]:
    """Give the managed fields as they were before a game day, with what others did meanwhile."""
    known = {_key(entry) for entry in before}
    kept = [entry for entry in before if not _is_status(entry)]
    others = [
        entry
        for entry in now
        if _is_status(entry) or (_key(entry) not in known and _key(entry)[0] != GAME_DAY_MANAGER)
    ]
    return [*kept, *others]


def is_borrowed(item: KubeObject) -> bool:
    """Tell whether a game day still owns a field of it."""
    entries = metadata(item).get("managedFields") or ()
    return any(entry.get("manager") == GAME_DAY_MANAGER for entry in entries)


def _key(entry: Mapping[str, Any]) -> tuple[str, str, str]:
    return (
        str(entry.get("manager")),
        str(entry.get("operation")),
        str(entry.get("subresource", "")),
    )


def _is_status(entry: Mapping[str, Any]) -> bool:
    return entry.get("subresource") == "status"
