"""Taking an object away to make it anew, and freeing StatefulSets from broken pods."""

import asyncio
from collections.abc import Iterable
from datetime import timedelta

from ironclad.adapters.kubernetes.client.api import KubeApi
from ironclad.adapters.kubernetes.client.kinds import kind, path_of
from ironclad.adapters.kubernetes.stage.inventory import Inventory
from ironclad.domain.kubernetes.kube_object import KubeObject, metadata, ref_of
from ironclad.domain.kubernetes.readiness.revisions import is_observed, may_be_stuck, stuck_pods
from ironclad.domain.kubernetes.readiness.workload_causes import claim_names
from ironclad.domain.kubernetes.recreation import holds_data
from ironclad.domain.text.durations import format_duration
from ironclad.errors import WaitTimeoutError
from ironclad.ports import Clock
from ironclad.progress import Progress, report

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


_GONE_WITHIN = timedelta(minutes=2)
_CLAIM = kind("PersistentVolumeClaim")


class Recreator:
    def __init__(self, api: KubeApi, inventory: Inventory, clock: Clock) -> None:
        self._api = api
        self._inventory = inventory
        self._clock = clock

    async def clear(self, live: KubeObject) -> None:
        """Delete exactly this object and wait until it is gone.

        A StatefulSet leaves its pods and claims to the next one of its name. Only claims without a
        volume are deleted, since they keep their storage class.
        """
        is_stateful = live["kind"] == "StatefulSet"
        await self._inventory.delete(live, policy="Orphan" if is_stateful else "Foreground")
        await self._until_gone(live)
        if is_stateful:
            await asyncio.gather(*map(self.clear, await self._empty_claims(live)))

    async def _empty_claims(self, stateful_set: KubeObject) -> list[KubeObject]:
        namespace = str(metadata(stateful_set)["namespace"])
        claims = await self._api.items(_CLAIM, namespace)
        names = claim_names([stateful_set])
        return [each for each in claims if ref_of(each).name in names and not holds_data(each)]

    async def _until_gone(self, live: KubeObject) -> None:
        path, uid, start = path_of(live), metadata(live)["uid"], self._clock.monotonic()
        while (found := await self._api.find(path)) and metadata(found)["uid"] == uid:
            waited = self._clock.monotonic() - start
            if waited > _GONE_WITHIN.total_seconds():
                raise WaitTimeoutError(
                    f"context {self._api.context}: {ref_of(live)} is still there after"
                    f" {format_duration(_GONE_WITHIN)}, so it cannot be made anew; see its"
                    " finalizers, then deploy again"
                )
            report(Progress(f"waiting until {ref_of(live)} is gone", waited, None, "s"))
            await self._clock.sleep(_POLL_SECONDS)
