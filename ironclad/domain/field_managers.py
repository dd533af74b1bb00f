"""Who owns which field of an object: the part of server-side apply that needs thinking about."""

from collections.abc import Mapping
from typing import Any

from ironclad.domain.kube_object import KubeObject, metadata, section, spec

MANAGER = "ironclad"

INITIAL_REPLICAS_MANAGER = "ironclad-initial-replicas"
"""Owns `spec.replicas` until an autoscaler or a person takes it; `ironclad` itself never does."""


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
    meta = metadata(item)
    named = {key: meta[key] for key in ("name", "namespace") if key in meta}
    return {
        "apiVersion": item["apiVersion"],
        "kind": item["kind"],
        "metadata": named,
        "spec": {"replicas": replicas},
    }


def must_hand_over(wanted: KubeObject, live: KubeObject | None) -> bool:
    """Tell that `ironclad` owns the replicas and no longer names them.

    Merely leaving the field out would set it back to 1 for a moment.
    """
    if live is None or "replicas" in spec(wanted):
        return False
    return owners_of_replicas(live) == {MANAGER}
