"""Objects as sets of owned fields, the way server-side apply sees them (structured merge, small).

Lists of these fields are merged by key, as the OpenAPI schema says; every other list is one value.
"""

import json
from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Any

Path = tuple[str, ...]
"""Parts are `f:name` for a field and `k:{"name":"x"}` for an item of a keyed list."""

_KEYS = {
    "containers": ("name",),
    "initContainers": ("name",),
    "env": ("name",),
    "volumes": ("name",),
    "volumeMounts": ("mountPath",),
    "conditions": ("type",),
    "imagePullSecrets": ("name",),
}
_IN_CONTAINER = ("containerPort", "protocol")
_IN_SERVICE = ("port", "protocol")
_UNOWNED = {("f:apiVersion",), ("f:kind",)}
_SERVER_META = frozenset(
    {
        "name",
        "namespace",
        "uid",
        "resourceVersion",
        "generation",
        "creationTimestamp",
        "deletionTimestamp",
        "managedFields",
    }
)


def leaves(item: Mapping[str, Any]) -> dict[Path, Any]:
    """Give every owned leaf with its value."""
    found = dict(_walk((), item))
    return {path: value for path, value in found.items() if _is_owned(path)}


def _is_owned(path: Path) -> bool:
    if not path or path[:1] in _UNOWNED or path[0] == "f:status":
        return False
    return not (path[0] == "f:metadata" and len(path) > 1 and path[1][2:] in _SERVER_META)


def _walk(path: Path, value: Any) -> Iterator[tuple[Path, Any]]:
    if isinstance(value, Mapping) and value:
        for name, child in value.items():
            yield from _walk((*path, f"f:{name}"), child)
    elif isinstance(value, list) and (keys := _keys(path, value)):
        for each in value:
            yield from _walk((*path, _item(keys, each)), each)
    else:
        yield path, value


def _keys(path: Path, value: list[Any]) -> tuple[str, ...]:
    name = path[-1][2:] if path else ""
    if name == "ports" and value and isinstance(value[0], Mapping):
        return _IN_CONTAINER if "containerPort" in value[0] else _IN_SERVICE
    return _KEYS.get(name, ()) if value and isinstance(value[0], Mapping) else ()


def _item(keys: tuple[str, ...], each: Mapping[str, Any]) -> str:
    named = {key: each.get(key, "TCP" if key == "protocol" else None) for key in keys}
    return "k:" + json.dumps(named, separators=(",", ":"), sort_keys=True)


def put(item: dict[str, Any], path: Path, value: Any) -> None:
    """Set one leaf, making what leads to it."""
    place: Any = item
    for part, following in pairwise(path):
        place = _step(place, part, [] if following.startswith("k:") else {})
    place[path[-1][2:]] = value


def _step(place: Any, part: str, empty: Any) -> Any:
    if part.startswith("f:"):
        return place.setdefault(part[2:], empty)
    wanted = json.loads(part[2:])
    for each in place:
        if _item(tuple(wanted), each) == part:
            return each
    place.append(dict(wanted))
    return place[-1]


def drop(item: dict[str, Any], path: Path) -> None:
    """Remove one leaf, and what became empty above it."""
    trail: list[tuple[Any, str]] = []
    place: Any = item
    for part in path:
        trail.append((place, part))
        place = _find(place, part)
        if place is None:
            return
    for parent, part in reversed(trail):
        child = _find(parent, part)
        if (parent, part) != trail[-1] and not _is_hollow(child):
            return
        _remove(parent, part, child)


def _find(place: Any, part: str) -> Any:
    if part.startswith("f:"):
        return place.get(part[2:]) if isinstance(place, dict) else None
    keys = tuple(json.loads(part[2:]))
    return next((each for each in place if _item(keys, each) == part), None)


def _is_hollow(child: Any) -> bool:
    """Empty, or an item of a keyed list of which only the key is left."""
    return not child


def _remove(parent: Any, part: str, child: Any) -> None:
    if isinstance(parent, list):
        parent.remove(child)
    else:
        parent.pop(part[2:], None)


def as_fields_v1(paths: frozenset[Path]) -> dict[str, Any]:
    tree: dict[str, Any] = {}
    for path in sorted(paths):
        place = tree
        for part in path:
            place = place.setdefault(part, {})
    return tree


def from_fields_v1(tree: Mapping[str, Any], path: Path = ()) -> frozenset[Path]:
    if not tree:
        return frozenset({path}) if path else frozenset()
    return frozenset().union(
        *(from_fields_v1(child, (*path, part)) for part, child in tree.items())
    )


def readable(path: Path) -> str:
    """Write a path as the API does in a conflict: `.spec.containers[name="a"].image`."""
    text = ""
    for part in path:
        if part.startswith("f:"):
            text += f".{part[2:]}"
        else:
            pairs = json.loads(part[2:]).items()
            text += "[" + ",".join(f"{k}={json.dumps(v)}" for k, v in pairs) + "]"
    return text
