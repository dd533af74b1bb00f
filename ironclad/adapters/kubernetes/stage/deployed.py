"""What a stack was last brought up with, in a ConfigMap beside it.

Later commands (status, a game day, tear-down) read it and need not be given it again. It carries
no stage's label, so no deploy prunes it; it goes with the stage `namespace`.
"""

import json
from collections.abc import Mapping

from ironclad.adapters.kubernetes.client.api import KubeApi
from ironclad.adapters.kubernetes.client.kinds import kind
from ironclad.domain.kubernetes.field_managers import MANAGER
from ironclad.domain.kubernetes.kube_object import INSTANCE, IRONCLAD, MANAGED_BY, section
from ironclad.errors import RemoteError

NAME = "ironclad-parameters"
_KEY = "parameters.json"
_CONFIG_MAP = kind("ConfigMap")


class DeployedValues:
    def __init__(self, api: KubeApi, namespace: str) -> None:
        self._api = api
        self._path = _CONFIG_MAP.path(namespace, NAME)
        self._namespace = namespace

    async def keep(self, values: Mapping[str, str]) -> None:
        """Changes nothing where they are the same."""
        body = {
            "apiVersion": _CONFIG_MAP.api_version,
            "kind": _CONFIG_MAP.name,
            "metadata": {
                "name": NAME,
                "labels": {MANAGED_BY: IRONCLAD, INSTANCE: self._namespace},
            },
            "data": {_KEY: json.dumps(dict(values), indent=2)},
        }
        await self._api.apply(self._path, body, MANAGER, force=True)

    async def read(self) -> dict[str, str] | None:
        """None where nothing was ever deployed. Raises RemoteError for what is no record."""
        found = await self._api.find(self._path)
        if found is None:
            return None
        try:
            values = json.loads(section(found, "data")[_KEY])
            return {str(key): str(value) for key, value in values.items()}
        except (ValueError, KeyError, AttributeError) as error:
            raise RemoteError(
                f"context {self._api.context}, namespace {self._namespace}: ConfigMap/{NAME} cannot"
                f" be read ({error!r}); deploy again, or delete it"
            ) from error

    async def forget(self) -> None:
        await self._api.delete(self._path)
