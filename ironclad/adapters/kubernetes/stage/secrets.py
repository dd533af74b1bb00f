"""Secrets are made once, from the system's randomness, and then left alone by everyone."""

import base64
import secrets
from collections.abc import Mapping, Sequence

from ironclad.adapters.kubernetes.client.api import Call, KubeApi
from ironclad.adapters.kubernetes.client.failures import KubeError
from ironclad.adapters.kubernetes.client.kinds import kind
from ironclad.adapters.kubernetes.stage.inventory import Inventory
from ironclad.domain.kubernetes.field_managers import MANAGER
from ironclad.domain.kubernetes.kube_object import section, stage_labels
from ironclad.domain.kubernetes.readiness.object_status import failed, missing, ready
from ironclad.domain.kubernetes.stack_spec import WantedSecret, lacking, locked_out
from ironclad.domain.stack.readiness import Readiness, combined
from ironclad.domain.stack.stack import Stage
from ironclad.errors import RefusedError, RemoteError

_BYTES = 32
_SECRET = kind("Secret")
_CLAIM = kind("PersistentVolumeClaim")


class Secrets:
    """The Secrets of one namespace. Values leave it by `value` only, and never in a message."""

    def __init__(
        self, api: KubeApi, namespace: str, instance: str, wanted: Sequence[WantedSecret]
    ) -> None:
        self._api = api
        self._namespace = namespace
        self._instance = instance
        self._wanted = wanted

    async def ensure(self) -> tuple[str, ...]:
        """Make what is absent and give their names.

        Raises RefusedError for a volume whose Secret is gone, before anything is made.
        """
        absent = await self._missing()
        claims = await self._api.items(_CLAIM, self._namespace) if absent else ()
        reasons = tuple(
            filter(None, (locked_out(each, claims, self._namespace) for each in absent))
        )
        if reasons:
            raise RefusedError(tuple(f"{self._where}: {reason}" for reason in reasons))
        return tuple([each.name for each in absent if await self._create(each)])

    async def absent(self) -> tuple[str, ...]:
        return tuple(each.name for each in await self._missing())

    async def _missing(self) -> list[WantedSecret]:
        return [each for each in self._wanted if await self._keys(each) is None]

    async def readiness(self) -> Readiness:
        return combined(tuple([await self._judged(each) for each in self._wanted]))

    async def value(self, name: str, key: str) -> str:
        """Read one value. Raises RemoteError that names what is missing."""
        found = await self._api.find(_SECRET.path(self._namespace, name))
        text = section(found or {}, "data").get(key)
        if text is None:
            raise RemoteError(f"{self._where}: Secret/{name} has no {key}; deploy the secret stage")
        return base64.b64decode(text).decode()

    async def remove(self, inventory: Inventory) -> None:
        """Take away those that Ironclad made; ones that a person brought stay."""
        for each in self._wanted:
            found = await self._api.find(_SECRET.path(self._namespace, each.name))
            marks = stage_labels(Stage.SECRET, self._instance).items()
            if found and marks <= section(found, "metadata", "labels").items():
                await inventory.delete(
                    {**found, "kind": _SECRET.name, "apiVersion": _SECRET.api_version}
                )

    @property
    def _where(self) -> str:
        return f"context {self._api.context}, namespace {self._namespace}"

    async def _keys(self, secret: WantedSecret) -> frozenset[str] | None:
        found = await self._api.find(_SECRET.path(self._namespace, secret.name))
        return None if found is None else frozenset(section(found, "data"))

    async def _judged(self, secret: WantedSecret) -> Readiness:
        name, keys = f"Secret/{secret.name}", await self._keys(secret)
        if keys is None:
            return missing(name)
        absent = lacking(secret, keys)
        return failed(f"{name} lacks {', '.join(absent)}") if absent else ready(f"{name} exists")

    async def _create(self, secret: WantedSecret) -> bool:
        """Tell whether it was made here; another's that came first is as good."""
        values = {key: secrets.token_urlsafe(_BYTES) for key in secret.keys}
        body = {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {
                "name": secret.name,
                "labels": stage_labels(Stage.SECRET, self._instance),
            },
            "stringData": values,
        }
        path, query = _SECRET.path(self._namespace), {"fieldManager": MANAGER}
        try:
            await self._api.call(Call(method="POST", path=path, query=query, body=body))
        except KubeError as error:
            if error.reason != "AlreadyExists":
                raise
            return await self._is_made_of(secret, values)
        return True

    async def _is_made_of(self, secret: WantedSecret, values: Mapping[str, str]) -> bool:
        """Recognise our own, whose answer was lost."""
        found = await self._api.find(_SECRET.path(self._namespace, secret.name))
        encoded = {key: base64.b64encode(text.encode()).decode() for key, text in values.items()}
        return section(found or {}, "data") == encoded
