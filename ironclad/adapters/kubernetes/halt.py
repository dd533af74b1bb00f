"""The red switch as a ConfigMap: there while it is on; no stage's label, so no deploy prunes it."""

from ironclad.adapters._halt_text import halt_from_json, halt_to_json
from ironclad.adapters.kubernetes.api import Call, KubeApi
from ironclad.adapters.kubernetes.failures import KubeError
from ironclad.adapters.kubernetes.kinds import kind
from ironclad.domain.halt import Halt
from ironclad.domain.kubernetes.kube_labels import IRONCLAD, MANAGED_BY
from ironclad.domain.kubernetes.kube_object import KubeObject, metadata, section
from ironclad.errors import RemoteError

NAME = "ironclad-halt"
_KEY = "halt.json"
_CONFIG_MAP = kind("ConfigMap")
_RACES = 5


class KubernetesHalt:
    """Satisfies `ports.HaltSwitch`."""

    def __init__(self, api: KubeApi, namespace: str) -> None:
        self._api = api
        self._namespace = namespace
        self._path = _CONFIG_MAP.path(namespace, NAME)

    async def state(self) -> Halt | None:
        found = await self._api.find(self._path)
        if found is None:
            return None
        return halt_from_json(_text(found), self._where)

    async def turn_on(self, halt: Halt) -> None:
        for _ in range(_RACES):
            found = await self._api.find(self._path)
            if _text(found) == halt_to_json(halt).decode() or await self._wrote(halt, found):
                return
        raise RemoteError(f"{self._where} changes under every attempt to turn it on; try again")

    async def turn_off(self) -> Halt | None:
        """Turn off the one that was seen, never one that somebody turned on meanwhile."""
        for _ in range(_RACES):
            found = await self._api.find(self._path)
            if found is None:
                return None
            if await self._removed(found):
                return halt_from_json(_text(found), self._where)
        raise RemoteError(f"{self._where} changes under every attempt to turn it off; try again")

    @property
    def _where(self) -> str:
        return f"context {self._api.context}, namespace {self._namespace}, ConfigMap/{NAME}"

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

    async def _wrote(self, halt: Halt, found: KubeObject | None) -> bool:
        """Tell whether nobody was faster."""
        meta = {"name": NAME, "labels": {MANAGED_BY: IRONCLAD}}
        method, path = "POST", _CONFIG_MAP.path(self._namespace)
        if found is not None:
            meta["resourceVersion"] = metadata(found)["resourceVersion"]
            method, path = "PUT", self._path
        body = {
            "apiVersion": _CONFIG_MAP.api_version,
            "kind": _CONFIG_MAP.name,
            "metadata": meta,
            "data": {_KEY: halt_to_json(halt).decode()},
        }
        try:
            await self._api.call(Call(method=method, path=path, body=body))
        except KubeError as error:
            if error.is_conflict or (method == "PUT" and error.is_missing):
                return False
            raise
        return True


def _text(found: KubeObject | None) -> str:
    return str(section(found or {}, "data").get(_KEY, ""))
