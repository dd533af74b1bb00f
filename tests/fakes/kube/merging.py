"""Server-side apply and updates on one object, with their field managers."""

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tests.fakes.kube.field_sets import (
    Path,
    as_fields_v1,
    drop,
    from_fields_v1,
    leaves,
    put,
    readable,
)

Owner = tuple[str, str]
"""Manager and operation (`Apply` or `Update`)."""


@dataclass(frozen=True, slots=True)
class ConflictError(Exception):
    fields: tuple[tuple[str, str], ...]
    """Each field with the manager that owns it."""


def owners(item: Mapping[str, Any]) -> dict[Owner, frozenset[Path]]:
    entries = item.get("metadata", {}).get("managedFields") or ()
    return {(e["manager"], e["operation"]): from_fields_v1(e["fieldsV1"]) for e in entries}


def applied(
    live: Mapping[str, Any] | None, wanted: Mapping[str, Any], manager: str, *, force: bool
) -> dict[str, Any]:
    """Give what applying makes of the live object. Raises ConflictError."""
    item = copy.deepcopy(dict(live or {}))
    owned = owners(item)
    new, now = leaves(wanted), leaves(item)
    conflicts = _conflicts(owned, new, now, manager)
    if conflicts and not force:
        raise ConflictError(tuple((readable(path), owner) for path, owner in conflicts))
    taken = frozenset(path for path, _ in conflicts)
    owned = {owner: paths - taken for owner, paths in owned.items()}
    mine = (manager, "Apply")
    others = frozenset().union(*(p for owner, p in owned.items() if owner != mine))
    for path in sorted(owned.get(mine, frozenset()) - frozenset(new) - others, reverse=True):
        drop(item, path)
    for path, value in new.items():
        put(item, path, copy.deepcopy(value))
    owned[mine] = frozenset(new)
    item |= {key: wanted[key] for key in ("apiVersion", "kind")}
    item.setdefault("metadata", {}).update(_names(wanted))
    return _with_owners(item, owned)


def _conflicts(
    owned: Mapping[Owner, frozenset[Path]],
    new: Mapping[Path, Any],
    now: Mapping[Path, Any],
    manager: str,
) -> list[tuple[Path, str]]:
    return [
        (path, owner[0])
        for owner, paths in owned.items()
        if owner != (manager, "Apply")
        for path in sorted(paths)
        if path in new and new[path] != now.get(path)
    ]


def updated(live: Mapping[str, Any] | None, after: dict[str, Any], manager: str) -> dict[str, Any]:
    """Give an updated object its owners: who changes a field takes it from everyone."""
    before = leaves(live or {})
    changed = frozenset(p for p, v in leaves(after).items() if before.get(p, _NOTHING) != v)
    gone = frozenset(before) - frozenset(leaves(after))
    owned = {who: paths - changed - gone for who, paths in owners(live or {}).items()}
    mine = (manager, "Update")
    owned[mine] = owned.get(mine, frozenset()) | changed
    return _with_owners(copy.deepcopy(after), owned)


_NOTHING = object()


def _names(wanted: Mapping[str, Any]) -> dict[str, Any]:
    return {k: v for k, v in wanted["metadata"].items() if k in ("name", "namespace")}


def _with_owners(item: dict[str, Any], owned: Mapping[Owner, frozenset[Path]]) -> dict[str, Any]:
    item["metadata"]["managedFields"] = [
        {
            "manager": manager,
            "operation": operation,
            "apiVersion": item["apiVersion"],
            "fieldsType": "FieldsV1",
            "fieldsV1": as_fields_v1(paths),
        }
        for (manager, operation), paths in sorted(owned.items())
        if paths
    ]
    return item
