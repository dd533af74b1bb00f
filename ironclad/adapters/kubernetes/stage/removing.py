"""Taking a stage away and waiting until it is gone, with what still holds it."""

import asyncio
from collections.abc import Iterable, Sequence
from datetime import timedelta

from ironclad.adapters.kubernetes.client.api import KubeApi
from ironclad.adapters.kubernetes.client.kinds import path_of
from ironclad.adapters.kubernetes.stage.inventory import Inventory
from ironclad.domain.kubernetes.kube_object import (
    KubeObject,
    metadata,
    ref_of,
    section,
    spec,
    status,
)
from ironclad.domain.text.durations import format_duration
from ironclad.errors import WaitTimeoutError
from ironclad.ports import Clock
from ironclad.progress import Progress, report

GONE_WITHIN = timedelta(minutes=4)
_POLL_SECONDS = 0.3
_WORKLOADS = frozenset({"Deployment", "StatefulSet", "DaemonSet", "Job", "CronJob"})


class Remover:
    def __init__(self, api: KubeApi, inventory: Inventory, clock: Clock) -> None:
        self._api = api
        self._inventory = inventory
        self._clock = clock

    async def remove(self, items: Sequence[KubeObject]) -> None:
        """Workloads first: while their pods end, the policies that let them talk must stand."""
        workloads = [item for item in items if item["kind"] in _WORKLOADS]
        await self._gone(workloads)
        await self._gone([item for item in items if item["kind"] not in _WORKLOADS])

    async def _gone(self, items: Sequence[KubeObject]) -> None:
        await asyncio.gather(*(self._inventory.delete(each, policy="Foreground") for each in items))
        await self.wait_until_gone(items)

    async def wait_until_gone(self, items: Sequence[KubeObject]) -> None:
        """Say what is left and what holds it. Raises WaitTimeoutError with that."""
        start = self._clock.monotonic()
        while left := await self._left(items):
            waited = self._clock.monotonic() - start
            names = ", ".join(map(_words, left))
            if waited > GONE_WITHIN.total_seconds():
                raise WaitTimeoutError(
                    f"context {self._api.context}: still there after"
                    f" {format_duration(GONE_WITHIN)}: {names}"
                )
            report(Progress("waiting until it is gone", waited, None, "s", names))
            await self._clock.sleep(_POLL_SECONDS)

    async def _left(self, items: Sequence[KubeObject]) -> tuple[KubeObject, ...]:
        pods = map(self._inventory.pods_of, _selected(items))
        found = await asyncio.gather(*map(self._same, items), *pods)
        return tuple(item for group in found for item in group)

    async def _same(self, item: KubeObject) -> list[KubeObject]:
        """Another one of the same name does not count as still there."""
        now = await self._api.find(path_of(item))
        return [now] if now and metadata(now)["uid"] == metadata(item)["uid"] else []


def _selected(items: Iterable[KubeObject]) -> list[KubeObject]:
    return [item for item in items if section(item, "spec", "selector", "matchLabels")]


def _words(item: KubeObject) -> str:
    """Name it with what keeps it: its finalizers, or a namespace's own account."""
    held = metadata(item).get("finalizers") or spec(item).get("finalizers") or ()
    remaining = [
        str(each.get("message"))
        for each in status(item).get("conditions") or ()
        if each.get("type") in ("NamespaceContentRemaining", "NamespaceFinalizersRemaining")
        and each.get("status") == "True"
    ]
    why = "; ".join(remaining) or (f"held by {', '.join(held)}" if held else "")
    return f"{ref_of(item)} ({why})" if why else str(ref_of(item))
