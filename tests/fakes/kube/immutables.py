"""Fields that an update may not change, and the API server's words for it, as 1.36 says them."""

import json
from collections.abc import Mapping
from typing import Any

from tests.fakes.kube.answers import RefusedError

_STATEFUL = (
    "replicas",
    "ordinals",
    "template",
    "updateStrategy",
    "revisionHistoryLimit",
    "persistentVolumeClaimRetentionPolicy",
    "minReadySeconds",
)
_OTHER_THAN = (
    "Forbidden: updates to statefulset spec for fields other than"
    f" {', '.join(repr(name) for name in _STATEFUL[:-1])} and {_STATEFUL[-1]!r} are forbidden"
)
_CLAIM = (
    "Forbidden: spec is immutable after creation except resources.requests and"
    " volumeAttributesClassName for bound claims\n@@ -10,7 +10,7 @@\n"
)
_FIXED = {
    "Deployment": ("spec", "selector"),
    "DaemonSet": ("spec", "selector"),
    "Job": ("spec", "template"),
    "StorageClass": ("parameters",),
    "RoleBinding": ("roleRef",),
    "ResourceQuota": ("spec", "scopes"),
}


def refuse_fixed(live: Mapping[str, Any] | None, item: Mapping[str, Any]) -> None:
    """Raises RefusedError as an update of the object does."""
    if live is None or not (cause := _cause(live, item)):
        return
    field, words = cause
    name = f'{item["kind"]} "{item["metadata"]["name"]}"'
    causes = [{"reason": "FieldValueInvalid", "message": words, "field": field}]
    raise RefusedError(422, "Invalid", f"{name} is invalid: {field}: {words}", causes)


def _cause(live: Mapping[str, Any], item: Mapping[str, Any]) -> tuple[str, str] | None:
    kind, before, after = item["kind"], live.get("spec") or {}, item.get("spec") or {}
    if kind == "StatefulSet" and _without(before, _STATEFUL) != _without(after, _STATEFUL):
        return "spec", _OTHER_THAN
    if kind == "PersistentVolumeClaim" and before != after:
        return "spec", _CLAIM
    if kind == "Service" and before.get("clusterIP") != after.get("clusterIP"):
        return "spec.clusterIPs[0]", 'Invalid value: ["None"]: may not change once set'
    if kind == "ConfigMap" and live.get("immutable") and live.get("data") != item.get("data"):
        return "data", "Forbidden: field is immutable when `immutable` is set"
    return _plain(live, item, _FIXED.get(kind, ()))


def _plain(
    live: Mapping[str, Any], item: Mapping[str, Any], path: tuple[str, ...]
) -> tuple[str, str] | None:
    before, after = _at(live, path), _at(item, path)
    if not path or before == after:
        return None
    last = "cannot change roleRef" if path == ("roleRef",) else "field is immutable"
    return ".".join(path), f"Invalid value: {json.dumps(after)}: {last}"


def _at(item: Any, path: tuple[str, ...]) -> Any:
    for name in path:
        item = (item or {}).get(name)
    return item


def _without(spec: Mapping[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    return {key: value for key, value in spec.items() if key not in names}
