"""What a namespace holds now, and which of it is this stage's own."""

import asyncio
from collections.abc import Collection, Iterable, Mapping

from ironclad.adapters.kubernetes.client.api import KubeApi
from ironclad.adapters.kubernetes.client.failures import KubeError
from ironclad.adapters.kubernetes.client.kinds import Kind, kind, kind_of, path_of
from ironclad.domain.kubernetes.field_managers import is_applied_by_us
from ironclad.domain.kubernetes.kube_object import (
    KubeObject,
    ObjectRef,
    matches,
    metadata,
    ref_of,
    section,
    selector,
    stage_labels,
)
from ironclad.domain.stack.stack import Stage

PRUNABLE = tuple(
    kind(name)
    for name in (
        "ConfigMap",
        "LimitRange",
        "ResourceQuota",
        "Service",
        "ServiceAccount",
        "Deployment",
        "StatefulSet",
        "HorizontalPodAutoscaler",
        "Ingress",
        "NetworkPolicy",
        "PodDisruptionBudget",
        "Role",
        "RoleBinding",
        "ClusterRole",
        "ClusterRoleBinding",
    )
)
"""Kinds that a stage may lose again. Namespaces, Secrets and claims are not among them, ever."""


class Inventory:
    """Reads one namespace; of cluster-scoped kinds only what carries the stage's labels."""

    def __init__(self, api: KubeApi, namespace: str, instance: str) -> None:
        self._api = api
        self._namespace = namespace
        self._instance = instance

    async def live(self, stage: Stage, wanted: Iterable[KubeObject]) -> dict[ObjectRef, KubeObject]:
        """Give everything that the stage could change: all of its kinds, and the wanted ones."""
        wanted = tuple(wanted)
        kinds = {*PRUNABLE, *(k for k in map(kind_of, wanted) if k.namespaced)}
        lists = await asyncio.gather(*(self._list(each, stage) for each in kinds))
        found = {ref_of(item): item for items in lists for item in items}
        singles = [w for w in wanted if not kind_of(w).namespaced and ref_of(w) not in found]
        for item in await asyncio.gather(*map(self._api.find, map(path_of, singles))):
            if item is not None:
                found[ref_of(item)] = item
        return found

    async def _list(self, of: Kind, stage: Stage) -> list[KubeObject]:
        labels = "" if of.namespaced else selector(stage_labels(stage, self._instance))
        return await self._api.items(of, self._namespace, labels)

    async def pods_of(self, workload: KubeObject) -> list[KubeObject]:
        labels = selector(section(workload, "spec", "selector", "matchLabels"))
        return await self._api.items(kind("Pod"), str(metadata(workload)["namespace"]), labels)

    def own(self, stage: Stage, live: Mapping[ObjectRef, KubeObject]) -> tuple[KubeObject, ...]:
        """Give what may be taken away: this stage's by every label, and applied by us."""
        labels, kinds = stage_labels(stage, self._instance), {each.name for each in PRUNABLE}
        return tuple(
            item
            for ref, item in sorted(live.items())
            if ref.kind in kinds
            and matches(labels, item)
            and is_applied_by_us(item)
            and not metadata(item).get("ownerReferences")
        )

    def surplus(
        self, stage: Stage, live: Mapping[ObjectRef, KubeObject], keep: Collection[ObjectRef]
    ) -> tuple[KubeObject, ...]:
        """Give what an earlier version of the stage applied and this one lacks."""
        return tuple(item for item in self.own(stage, live) if ref_of(item) not in keep)

    async def delete(self, item: KubeObject, *, policy: str = "Background") -> None:
        """Delete exactly this object, not one that took its name since; gone already is fine."""
        body = {"propagationPolicy": policy, "preconditions": {"uid": metadata(item)["uid"]}}
        try:
            await self._api.delete(path_of(item), body)
        except KubeError as error:
            if not error.is_conflict:
                raise
