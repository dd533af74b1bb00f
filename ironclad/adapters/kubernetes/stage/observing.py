"""A namespace under observation: what readiness and its reasons are judged from."""

import asyncio
from collections.abc import Iterable, Mapping

from ironclad.adapters.kubernetes.client.api import KubeApi
from ironclad.adapters.kubernetes.client.failures import FORBIDDEN, KubeError
from ironclad.adapters.kubernetes.client.kinds import kind
from ironclad.adapters.kubernetes.client.reflector import Reflector
from ironclad.domain.kubernetes.kube_object import KubeObject, ObjectRef, metadata, section
from ironclad.domain.kubernetes.readiness.workload_causes import Observation

_ALWAYS = ("Pod", "Event", "PersistentVolumeClaim", "EndpointSlice")
_DEFAULT_CLASS = "storageclass.kubernetes.io/is-default-class"
_FIRST_LIST_SECONDS = 10.0


class Observatory:
    """One reflector for each kind that was ever asked for; close it when done."""

    def __init__(self, api: KubeApi, namespace: str) -> None:
        self._api = api
        self._namespace = namespace
        self._reflectors: dict[str, Reflector] = {}
        self._tasks: list[asyncio.Task[None]] = []
        self._default_class: bool | None = None

    async def look(self, wanted: Iterable[ObjectRef]) -> Observation:
        """Give what is known now of these objects and of everything around them."""
        refs = tuple(wanted)
        await self._follow({*_ALWAYS, *(ref.kind for ref in refs), *_makers(refs)})
        items = {ref: self._reflectors[ref.kind].items.get(ref) for ref in refs}
        return Observation(
            objects=tuple(item for item in items.values() if item is not None),
            pods=self.items("Pod"),
            replica_sets=self.items("ReplicaSet") if _makers(refs) else (),
            claims=self.items("PersistentVolumeClaim"),
            events=_by_object(self.items("Event")),
            has_default_class=await self._has_default_class(),
        )

    def items(self, kind_name: str) -> tuple[KubeObject, ...]:
        return tuple(self._reflectors[kind_name].items.values())

    @property
    def problems(self) -> tuple[str, ...]:
        """Why what is known may be old, each reason once."""
        return tuple(dict.fromkeys(filter(None, (r.problem for r in self._reflectors.values()))))

    @property
    def is_forbidden(self) -> bool:
        return any(each.is_forbidden for each in self._reflectors.values())

    async def aclose(self) -> None:
        tasks, self._tasks, self._reflectors = self._tasks, [], {}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _follow(self, names: set[str]) -> None:
        fresh = {name: self._reflector(name) for name in sorted(names - set(self._reflectors))}
        self._reflectors.update(fresh)
        self._tasks += [asyncio.create_task(each.run()) for each in fresh.values()]
        waits = [asyncio.create_task(each.synced.wait()) for each in fresh.values()]
        if waits:
            _, late = await asyncio.wait(waits, timeout=_FIRST_LIST_SECONDS)
            for task in late:
                task.cancel()

    def _reflector(self, name: str) -> Reflector:
        only = f"metadata.name={self._namespace}" if name == "Namespace" else ""
        return Reflector(self._api, kind(name), self._namespace, names=only)

    async def _has_default_class(self) -> bool:
        """Asked once; without the permission to read storage classes nothing is known of them."""
        if self._default_class is None:
            try:
                self._default_class = await has_default_class(self._api)
            except KubeError as error:
                if error.status != FORBIDDEN:
                    raise
                self._default_class = True
        return self._default_class


async def has_default_class(api: KubeApi) -> bool:
    return any(
        section(item, "metadata", "annotations").get(_DEFAULT_CLASS) == "true"
        for item in await api.items(kind("StorageClass"))
    )


def _makers(refs: Iterable[ObjectRef]) -> frozenset[str]:
    """The ReplicaSets say which pods belong to which Deployment."""
    return frozenset({"ReplicaSet"} if any(ref.kind == "Deployment" for ref in refs) else ())


def _by_object(events: Iterable[KubeObject]) -> Mapping[ObjectRef, list[KubeObject]]:
    about: dict[ObjectRef, list[KubeObject]] = {}
    for event in sorted(events, key=_order):
        involved = event.get("involvedObject") or {}
        ref = ObjectRef(
            str(involved.get("kind", "")),
            str(involved.get("name", "")),
            str(involved.get("namespace", "")),
        )
        about.setdefault(ref, []).append(event)
    return about


def _order(event: KubeObject) -> tuple[int, str]:
    """By the API server's own order: its reporters' clocks differ, and tell whole seconds only."""
    version = str(metadata(event).get("resourceVersion", ""))
    return (int(version) if version.isdigit() else 0, _time(event))


def _time(event: KubeObject) -> str:
    """RFC 3339 in UTC sorts as text; the API fills one of these, by the reporter's age."""
    series = section(event, "series").get("lastObservedTime")
    when = event.get("lastTimestamp") or series or event.get("eventTime")
    return str(when or metadata(event).get("creationTimestamp") or "")
