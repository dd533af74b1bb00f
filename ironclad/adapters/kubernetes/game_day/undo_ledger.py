"""The undo ledger: a ConfigMap for each entry; the API server has it on disk when it answers."""

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from ironclad.adapters.kubernetes.client.api import Call, KubeApi
from ironclad.adapters.kubernetes.client.failures import KubeError
from ironclad.adapters.kubernetes.client.kinds import kind
from ironclad.domain.kubernetes.kube_object import (
    IRONCLAD,
    MANAGED_BY,
    RUN,
    UNDO,
    KubeObject,
    metadata,
    section,
)
from ironclad.domain.stack.undo import UndoEntry
from ironclad.domain.stack.undo_format import entry_from_json, entry_to_json
from ironclad.errors import LeaseLapsedError, RemoteError

_CONFIG_MAP = kind("ConfigMap")
_KEY = "entry.json"
_RACES = 5


class KubernetesLedger:
    """Satisfies `ports.UndoLedger`; carries no stage label, so no deploy ever prunes an entry."""

    def __init__(self, api: KubeApi, namespace: str) -> None:
        self._api = api
        self._namespace = namespace

    async def write(self, entry: UndoEntry) -> None:
        """Write it. An equal one that is there already is our own, whose answer was lost."""
        body = _body(entry)
        try:
            await self._send("POST", _CONFIG_MAP.path(self._namespace), body)
        except KubeError as error:
            if not error.is_conflict or await self._read(entry.id) != entry:
                raise

    async def renew(self, entry_id: str, lease_until: datetime) -> None:
        for _ in range(_RACES):
            found = await self._api.find(self._path(entry_id))
            if found is None:
                raise LeaseLapsedError(f"{self._where}: the undo entry {entry_id} was swept")
            if _entry(found).lease_until == lease_until:
                return
            entry = replace(_entry(found), lease_until=lease_until)
            body = _body(entry, str(metadata(found)["resourceVersion"]))
            try:
                await self._send("PUT", self._path(entry_id), body)
            except KubeError as error:
                if not error.is_conflict and not error.is_missing:
                    raise
            else:
                return
        raise RemoteError(f"{self._where}: the undo entry {entry_id} changes too often to renew it")

    async def remove(self, entry_id: str) -> None:
        await self._api.delete(self._path(entry_id))

    async def entries(self) -> tuple[UndoEntry, ...]:
        """Give all that can be read, oldest lease first; `damaged` names the others."""
        found = [each for each in await self._all() if isinstance(each, UndoEntry)]
        return tuple(sorted(found, key=lambda entry: (entry.lease_until, entry.id)))

    async def damaged(self) -> tuple[str, ...]:
        return tuple(each for each in await self._all() if isinstance(each, str))

    async def _all(self) -> list[UndoEntry | str]:
        items = await self._api.items(_CONFIG_MAP, self._namespace, UNDO)
        return [self._readable(item) for item in items]

    def _readable(self, item: KubeObject) -> UndoEntry | str:
        try:
            return _entry(item)
        except RemoteError as error:
            return f"{self._where}: {error}"

    @property
    def _where(self) -> str:
        return f"context {self._api.context}, namespace {self._namespace}"

    def _path(self, entry_id: str) -> str:
        return _CONFIG_MAP.path(self._namespace, _name(entry_id))

    async def _read(self, entry_id: str) -> UndoEntry | None:
        found = await self._api.find(self._path(entry_id))
        return _entry(found) if found is not None else None

    async def _send(self, method: str, path: str, body: Mapping[str, Any]) -> None:
        """A repeat after a lost answer meets what it wrote itself, and conflicts."""
        await self._api.call(Call(method=method, path=path, body=body))


def _name(entry_id: str) -> str:
    """Ids hold letters that an object's name may not."""
    return f"ironclad-undo-{hashlib.sha256(entry_id.encode()).hexdigest()[:16]}"


def _body(entry: UndoEntry, version: str | None = None) -> dict[str, Any]:
    marks = {MANAGED_BY: IRONCLAD, UNDO: entry.action.value}
    meta: dict[str, Any] = {
        "name": _name(entry.id),
        "labels": marks,
        "annotations": {RUN: entry.run},
    }
    if version is not None:
        meta["resourceVersion"] = version
    return {
        "apiVersion": _CONFIG_MAP.api_version,
        "kind": _CONFIG_MAP.name,
        "metadata": meta,
        "data": {_KEY: entry_to_json(entry)},
    }


def _entry(item: KubeObject) -> UndoEntry:
    try:
        return entry_from_json(section(item, "data")[_KEY])
    except (ValueError, KeyError, TypeError) as error:
        name = metadata(item).get("name")
        raise RemoteError(
            f"the undo entry in ConfigMap/{name} cannot be read: {error!r}"
        ) from error
