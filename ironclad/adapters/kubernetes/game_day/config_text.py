"""One text in a ConfigMap where the lock lives; no stage's label, so no deploy prunes it."""

from ironclad.adapters.files.halt import halt_from_json, halt_to_json
from ironclad.adapters.kubernetes.client.api import Call, KubeApi
from ironclad.adapters.kubernetes.client.failures import KubeError
from ironclad.adapters.kubernetes.client.kinds import kind
from ironclad.domain.kubernetes.kube_object import (
    IRONCLAD,
    MANAGED_BY,
    KubeObject,
    metadata,
    section,
)
from ironclad.domain.stack.kept_setting import Halt, Kept, as_text, from_text
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
            await self._api.delete(self._path, {"preconditions": seen})
        except KubeError as error:
            if error.is_conflict:
                return False
            raise
        return True

    async def _wrote(self, text: str, found: KubeObject | None) -> bool:
        """Tell whether this write came first."""
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


NAME = "ironclad-halt"


class KubernetesHalt:
    """Satisfies `ports.HaltSwitch`."""

    def __init__(self, api: KubeApi, namespace: str) -> None:
        self._text = ConfigText(api, namespace, NAME, "halt.json")

    async def state(self) -> Halt | None:
        return self._halt(await self._text.read())

    async def turn_on(self, halt: Halt) -> None:
        await self._text.write(halt_to_json(halt).decode())

    async def turn_off(self) -> Halt | None:
        """Turn off the one that was seen, never one that somebody turned on meanwhile."""
        return self._halt(await self._text.remove())

    def _halt(self, text: str | None) -> Halt | None:
        return None if text is None else halt_from_json(text, self._text.where)


class KeptConfigMap:
    """Satisfies `ports.KeptSetting`."""

    def __init__(self, api: KubeApi, namespace: str, name: str) -> None:
        self._text = ConfigText(api, namespace, f"ironclad-{name}", "setting")

    async def read(self) -> Kept | None:
        return _kept(await self._text.read())

    async def write(self, kept: Kept) -> None:
        await self._text.write(as_text(kept))

    async def remove(self) -> Kept | None:
        return _kept(await self._text.remove())


def _kept(text: str | None) -> Kept | None:
    return None if text is None else from_text(text)
