"""A field of a live object, changed for a while and given back as it was, its owner included."""

import json
from collections.abc import Mapping
from typing import Any

from ironclad.adapters.kubernetes.client.api import KubeApi
from ironclad.adapters.kubernetes.client.failures import KubeError
from ironclad.adapters.kubernetes.client.kinds import kind
from ironclad.domain.kubernetes.field_managers import GAME_DAY_MANAGER, given_back, is_borrowed
from ironclad.domain.kubernetes.kube_object import KubeObject, metadata
from ironclad.errors import RemoteError

_RACES = 5
_OWNERS = "managed fields"
_UID = "uid"


class Borrowed:
    """One object. What it was like goes into an undo entry by `owners`."""

    def __init__(self, api: KubeApi, namespace: str, kind_name: str, name: str) -> None:
        self._api = api
        self._path = kind(kind_name).path(namespace, name)
        self.name = f"{kind_name}/{name}"
        self._where = f"context {api.context}, namespace {namespace}"

    async def find(self) -> KubeObject | None:
        return await self._api.find(self._path)

    async def get(self) -> KubeObject:
        found = await self.find()
        if found is None:
            raise RemoteError(f"{self._where}: {self.name} is not there")
        return found

    def owners(self, item: KubeObject) -> dict[str, str]:
        entries = metadata(item).get("managedFields") or []
        return {_UID: str(metadata(item)["uid"]), _OWNERS: json.dumps(entries)}

    def is_same(self, item: KubeObject, before: Mapping[str, str]) -> bool:
        return str(metadata(item).get("uid")) == before.get(_UID)

    async def patch(self, spec: Mapping[str, Any]) -> KubeObject:
        return await self._api.merge(self._path, {"spec": spec}, GAME_DAY_MANAGER)

    async def give_back(self, before: Mapping[str, str]) -> None:
        """Make the fields' owners those of before; the values have to be so already."""
        for _ in range(_RACES):
            item = await self.get()
            if not is_borrowed(item):
                return
            try:
                await self._api.merge(
                    self._path, {"metadata": _owned_as_before(item, before)}, None
                )
            except KubeError as error:
                if not error.is_conflict:
                    raise
        raise RemoteError(f"{self._where}: {self.name} changes too often to give its fields back")


def _owned_as_before(item: KubeObject, before: Mapping[str, str]) -> dict[str, Any]:
    """With the version, so that nothing that others do meanwhile is overwritten."""
    meta = metadata(item)
    entries = given_back(meta.get("managedFields") or (), json.loads(before[_OWNERS]))
    return {"managedFields": entries, "resourceVersion": meta["resourceVersion"]}
