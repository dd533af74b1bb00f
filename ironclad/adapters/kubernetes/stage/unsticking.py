"""Frees StatefulSets from broken pods of an earlier revision, so that a mended one rolls out."""

import asyncio
from collections.abc import Iterable

from ironclad.adapters.kubernetes.client.api import KubeApi
from ironclad.adapters.kubernetes.client.kinds import path_of
from ironclad.adapters.kubernetes.stage.inventory import Inventory
from ironclad.domain.kubernetes.kube_object import KubeObject, ref_of
from ironclad.domain.kubernetes.readiness.stuck_pods import is_observed, may_be_stuck, stuck_pods
from ironclad.ports import Clock

_OBSERVED_WITHIN_SECONDS = 5.0
_POLL_SECONDS = 0.1


class Unsticker:
    def __init__(self, api: KubeApi, inventory: Inventory, clock: Clock) -> None:
        self._api = api
        self._inventory = inventory
        self._clock = clock

    async def free(self, applied: Iterable[KubeObject]) -> tuple[str, ...]:
        """Delete what is stuck and say so; costs nothing where all is ready."""
        sets = [i for i in applied if i["kind"] == "StatefulSet" and may_be_stuck(i)]
        freed = await asyncio.gather(*map(self._free_one, sets))
        return tuple(sentence for sentences in freed for sentence in sentences)

    async def _free_one(self, item: KubeObject) -> tuple[str, ...]:
        item = await self._observed(item)
        stuck = stuck_pods(item, await self._inventory.pods_of(item))
        for pod in stuck:
            await self._inventory.delete(pod)
        return tuple(f"{ref_of(pod)} replaced (stuck on the revision before)" for pod in stuck)

    async def _observed(self, item: KubeObject) -> KubeObject:
        """Wait for the controller to say which revision is wanted now."""
        deadline = self._clock.monotonic() + _OBSERVED_WITHIN_SECONDS
        while not is_observed(item) and self._clock.monotonic() < deadline:
            await self._clock.sleep(_POLL_SECONDS)
            item = await self._api.get(path_of(item))
        return item
