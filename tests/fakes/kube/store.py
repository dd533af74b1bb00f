"""What the fake holds: objects with versions, and the log that watches read."""

import asyncio
import copy
import itertools
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ironclad.adapters.kubernetes.client.kinds import KINDS

Key = tuple[str, str, str]
"""Plural, namespace (empty for cluster-scoped ones), name."""

CREATED_AT = "2026-01-01T00:00:00Z"


@dataclass(frozen=True, slots=True)
class Change:
    version: int
    kind: str
    key: Key
    item: dict[str, Any]


@dataclass(slots=True)
class Store:
    """Changed from the server's own loop only; `changed` wakes its watches."""

    items: dict[Key, dict[str, Any]] = field(default_factory=dict)
    log: list[Change] = field(default_factory=list)
    oldest: int = 0
    """Watches from before this version are answered with 410."""
    changed: asyncio.Condition = field(default_factory=asyncio.Condition)
    versions: Any = field(default_factory=lambda: itertools.count(100))
    last: int = 99

    def save(self, key: Key, item: dict[str, Any]) -> dict[str, Any]:
        """Store it under a new version, unless nothing but the owners' times changed."""
        live = self.items.get(key)
        item = defaulted(item)
        if live is not None and _same(live, item):
            return live
        meta = item["metadata"]
        meta.setdefault("uid", str(uuid.uuid4()))
        meta.setdefault("creationTimestamp", CREATED_AT)
        if "spec" in item and item["kind"] not in ("Namespace", "Lease", "Event"):
            meta["generation"] = _generation(live, item)
        self._note("MODIFIED" if live else "ADDED", key, item)
        self.items[key] = item
        return item

    def remove(self, key: Key) -> dict[str, Any]:
        item = self.items.pop(key)
        self._note("DELETED", key, item)
        return item

    def compact(self) -> None:
        """Forget the log, as etcd does after some minutes."""
        self.log, self.oldest = [], self.last

    def _note(self, kind: str, key: Key, item: dict[str, Any]) -> None:
        self.last = next(self.versions)
        item["metadata"]["resourceVersion"] = str(self.last)
        self.log.append(Change(self.last, kind, key, copy.deepcopy(item)))


def defaulted(item: dict[str, Any]) -> dict[str, Any]:
    """Fill in what the API server fills in, as far as anything here depends on it."""
    if item["kind"] in ("Deployment", "StatefulSet"):
        item.setdefault("spec", {}).setdefault("replicas", 1)
    if item["kind"] == "Namespace":
        item.setdefault("status", {}).setdefault("phase", "Active")
    if item["kind"] == "Pod":
        item.setdefault("status", {}).setdefault("phase", "Pending")
    return item


def _same(live: Mapping[str, Any], item: Mapping[str, Any]) -> bool:
    return _bare(live) == _bare(item)


def _bare(item: Mapping[str, Any]) -> dict[str, Any]:
    meta = {k: v for k, v in item["metadata"].items() if k not in ("resourceVersion", "generation")}
    return {**item, "metadata": meta}


def _generation(live: Mapping[str, Any] | None, item: Mapping[str, Any]) -> int:
    if live is None:
        return 1
    before = int(live["metadata"].get("generation", 1))
    return before + (live.get("spec") != item.get("spec"))


KIND_OF = {kind.plural: kind for kind in KINDS}
