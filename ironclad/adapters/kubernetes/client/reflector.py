"""A collection kept up to date by list and watch, through disconnects, 410s and outages."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from ironclad.adapters.kubernetes.client.api import Call, KubeApi
from ironclad.adapters.kubernetes.client.failures import FORBIDDEN, GONE, KubeError
from ironclad.adapters.kubernetes.client.kinds import Kind
from ironclad.domain.kubernetes.kube_object import KubeObject, ObjectRef, metadata, ref_of
from ironclad.errors import UnreachableError

_WATCH_SECONDS = 60
"""The server ends a watch after this; a dead connection is noticed 15 s later."""

_PAUSES_SECONDS = (0.2, 0.5, 1.0, 2.0)
_PAGE = 500
_METADATA_ONLY = "application/json;as=PartialObjectMetadata{};g=meta.k8s.io;v=v1"


class Reflector:
    """Run it as a task. `items` is what is known; `problem` says why that may be behind."""

    def __init__(
        self, api: KubeApi, kind: Kind, namespace: str, *, selector: str = "", names: str = ""
    ) -> None:
        self._api = api
        self._kind = kind
        self._path = kind.path(namespace)
        self._query = {"labelSelector": selector or None, "fieldSelector": names or None}
        self.version = ""
        self._tries = 0
        self.items: dict[ObjectRef, KubeObject] = {}
        self.problem = ""
        self.is_forbidden = False
        self.synced = asyncio.Event()
        self.changed = asyncio.Event()

    async def run(self) -> None:
        """Keep up until cancelled; only a missing permission ends it, as a problem that stays."""
        while True:
            try:
                if not self.version:
                    await self._list()
                await self._watch()
                await asyncio.sleep(_PAUSES_SECONDS[0])
            except (KubeError, UnreachableError) as error:
                if isinstance(error, KubeError) and error.status == FORBIDDEN:
                    self.is_forbidden = True
                    self._report(str(error))
                    return
                await self._recover(error)

    async def _recover(self, error: KubeError | UnreachableError) -> None:
        if isinstance(error, KubeError) and error.status == GONE:
            self.version = ""
            return
        self._report(str(error))
        pause = _PAUSES_SECONDS[min(self._tries, len(_PAUSES_SECONDS) - 1)]
        self._tries += 1
        await asyncio.sleep(pause)

    def _report(self, problem: str) -> None:
        self.problem = problem
        self.synced.set()
        self.changed.set()

    async def _list(self) -> None:
        found: dict[ObjectRef, KubeObject] = {}
        more = ""
        while True:
            page = await self._page(more)
            found.update(self._named(item) for item in page.get("items") or ())
            more = str(metadata(page).get("continue") or "")
            if not more:
                break
        self.items, self.version = found, str(metadata(page)["resourceVersion"])
        self._fine()

    async def _page(self, more: str) -> KubeObject:
        query = {**self._query, "limit": _PAGE, "continue": more or None}
        accept = self._accept("List")
        return await self._api.call(
            Call(method="GET", path=self._path, query=query, accept=accept, again=False)
        )

    def _accept(self, suffix: str) -> str:
        """Of Secrets only names and labels are read, never their contents."""
        if self._kind.name != "Secret":
            return "application/json"
        return _METADATA_ONLY.format(suffix)

    def _named(self, item: KubeObject) -> tuple[ObjectRef, KubeObject]:
        """Items of a list carry neither kind nor version of their own."""
        whole = {**item, "kind": self._kind.name, "apiVersion": self._kind.api_version}
        return ref_of(whole), whole

    def _fine(self) -> None:
        self.problem, self._tries = "", 0
        self.synced.set()
        self.changed.set()

    async def _watch(self) -> None:
        query = {
            **self._query,
            "watch": True,
            "allowWatchBookmarks": True,
            "resourceVersion": self.version,
            "timeoutSeconds": _WATCH_SECONDS,
        }
        call = Call(
            method="GET",
            path=self._path,
            query=query,
            accept=self._accept(""),
            timeout_seconds=_WATCH_SECONDS + 15.0,
        )
        async with self._api.lines(call) as lines:
            self._fine()
            async for line in lines:
                self._take(json.loads(line))

    def _take(self, event: Mapping[str, Any]) -> None:
        item = event["object"]
        if event["type"] == "ERROR":
            raise KubeError(
                f"the watch of {self._path} ended: {item.get('message')}",
                status=int(item.get("code", 500)),
            )
        self.version = str(item["metadata"]["resourceVersion"])
        if event["type"] == "BOOKMARK":
            return
        ref, whole = self._named(item)
        if event["type"] == "DELETED":
            self.items.pop(ref, None)
        else:
            self.items[ref] = whole
        self.changed.set()


@asynccontextmanager
async def reflecting(*reflectors: Reflector) -> AsyncIterator[None]:
    """Run them while the block does, and give them time for their first list."""
    tasks = [asyncio.create_task(each.run()) for each in reflectors]
    try:
        await asyncio.gather(*(each.synced.wait() for each in reflectors))
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
