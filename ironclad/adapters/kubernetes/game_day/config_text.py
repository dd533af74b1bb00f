"""One text in a ConfigMap where the lock lives; no stage's label, so no deploy prunes it."""

from ironclad.adapters.kubernetes.client.api import Call, KubeApi
from ironclad.adapters.kubernetes.client.failures import KubeError
from ironclad.adapters.kubernetes.client.kinds import kind
from ironclad.domain.kubernetes.kube_labels import IRONCLAD, MANAGED_BY
from ironclad.domain.kubernetes.kube_object import KubeObject, metadata, section
from ironclad.errors import RemoteError

_CONFIG_MAP = kind("ConfigMap")
_RACES = 5


class ConfigText:
    """There while something is written; the last one who writes stands."""

    def __init__(self, api: KubeApi, namespace: str, name: str, key: str) -> None:
        self._api = api
        self._name, self._key = name, key
        self._folder = _CONFIG_MAP.path(namespace)
        self._path = _CONFIG_MAP.path(namespace, name)
        self.where = f"context {api.context}, namespace {namespace}, ConfigMap/{name}"

    async def read(self) -> str | None:
        """Give an empty text for an object that lacks the key."""
        found = await self._api.find(self._path)
        return None if found is None else self._text(found)

    async def write(self, text: str) -> None:
        for _ in range(_RACES):
            found = await self._api.find(self._path)
            if self._text(found) == text or await self._wrote(text, found):
                return
        raise RemoteError(f"{self.where} changes under every attempt to write it; try again")

    async def remove(self) -> str | None:
        """Remove what was seen, never what somebody wrote meanwhile."""
        for _ in range(_RACES):
            found = await self._api.find(self._path)
            if found is None:
                return None
            if await self._removed(found):
                return self._text(found)
        raise RemoteError(f"{self.where} changes under every attempt to remove it; try again")

    def _text(self, found: KubeObject | None) -> str:
        return str(section(found or {}, "data").get(self._key, ""))

    async def _removed(self, found: KubeObject) -> bool:
        meta = metadata(found)
        seen = {"uid": meta["uid"], "resourceVersion": meta["resourceVersion"]}
        try:
            body = {"preconditions": seen}
            await self._api.call(Call(method="DELETE", path=self._path, body=body))
        except KubeError as error:
            if error.is_missing:
                return True
            if error.is_conflict:
                return False
            raise
        return True

    async def _wrote(self, text: str, found: KubeObject | None) -> bool:
        """Tell whether nobody was faster."""
        meta = {"name": self._name, "labels": {MANAGED_BY: IRONCLAD}}
        method, path = "POST", self._folder
        if found is not None:
            meta["resourceVersion"] = metadata(found)["resourceVersion"]
            method, path = "PUT", self._path
        body = {
            "apiVersion": _CONFIG_MAP.api_version,
            "kind": _CONFIG_MAP.name,
            "metadata": meta,
            "data": {self._key: text},
        }
        try:
            await self._api.call(Call(method=method, path=path, body=body))
        except KubeError as error:
            if error.is_conflict or (method == "PUT" and error.is_missing):
                return False
            raise
        return True
