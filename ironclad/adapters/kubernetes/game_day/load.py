"""The load generator as a Job: orders go to its standard input, results come from its log.

A lost runner stops renewing, and the generator ends within one lease. A connection that breaks
while the runner lives is opened again. Nothing in between is lost: the log keeps it.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

from ironclad.adapters.kubernetes.client.access_reviews import refused_verbs
from ironclad.adapters.kubernetes.client.api import KubeApi
from ironclad.adapters.kubernetes.client.failures import KubeError, trimmed
from ironclad.adapters.kubernetes.client.kinds import kind
from ironclad.adapters.kubernetes.client.pod_channel import PodChannel
from ironclad.adapters.kubernetes.game_day.load_account import LoadAccount, LoadStart, no_capacity
from ironclad.adapters.load.ledger_file import read_ledger
from ironclad.domain.kubernetes.kube_object import status
from ironclad.domain.kubernetes.load_job import (
    COLLECTED,
    CONTAINER,
    ERRORS,
    LEDGER,
    PROCESS,
    LoadJobSettings,
    job_name,
    load_job,
)
from ironclad.domain.kubernetes.permissions import NODE_CAPACITY
from ironclad.domain.kubernetes.readiness.pod_causes import pod_causes
from ironclad.domain.load.load import LoadOrder, LoadResult, LoadSecond
from ironclad.domain.load.result import Account, result
from ironclad.domain.load.wire_format import order_to_json
from ironclad.errors import IroncladError, RemoteError, UnreachableError

_JOB, _POD = kind("Job"), kind("Pod")
_START_SECONDS = 30.0
_STOP_SECONDS = 5.0
_PAUSE_SECONDS = 0.2


class LoadJobHandle:
    """A generator in a pod. Tasks that end with it read its account and renew its lease."""

    def __init__(self, api: KubeApi, order: LoadOrder, pod: str, namespace: str) -> None:
        self._api = api
        self._order = order
        self._pod = pod
        self._path = _POD.path(namespace, pod)
        self._channel = PodChannel(api, namespace, pod, CONTAINER)
        self._account = LoadAccount(api, f"{self._path}/log", CONTAINER)
        self._wanted = asyncio.Event()
        self._listening = asyncio.create_task(self._account.listen())
        self._renewing = asyncio.create_task(self._renew_on())
        self._ledger: Path | None = None

    async def start(self) -> None:
        """Wait until it says that it began. Raises UnreachableError with its last words."""
        self._wanted.set()
        try:
            async with asyncio.timeout(_START_SECONDS):
                await self._account.started.wait()
        except TimeoutError as error:
            words = await self._last_words()
            raise UnreachableError(
                f"context {self._api.context}: the load generator in Pod/{self._pod} did not"
                f" start: {words or 'it said nothing'}"
            ) from error

    async def renew(self) -> None:
        self._wanted.set()

    def seconds(self) -> tuple[LoadSecond, ...]:
        return tuple(self._account.seconds)

    async def finished(self) -> LoadResult:
        await self._until_ended(self._longest_seconds())
        return await self._result()

    async def stop(self) -> None:
        """Tell it to stop; should that not get through, its lease runs out all the same."""
        if self._account.ended.is_set():
            return
        with contextlib.suppress(IroncladError):
            await self._channel.run("sh", "-c", f"kill -TERM $(cat {PROCESS})")
        order = self._order
        await self._until_ended(
            order.load.timeout.total_seconds() + order.lease_seconds + _STOP_SECONDS
        )

    async def aclose(self) -> None:
        tasks = (self._listening, self._renewing)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def keep_ledger_in(self, path: Path) -> None:
        self._ledger = path

    async def _until_ended(self, seconds: float) -> None:
        """Wait for the closing account, or for a pod that is over without one."""
        if self._listening.cancelled():  # with all others, by a loop that a signal's exception ends
            self._listening = asyncio.create_task(self._account.listen())
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while not self._account.ended.is_set() and not await self._is_over():
                    with contextlib.suppress(TimeoutError):
                        await asyncio.wait_for(self._account.ended.wait(), 2.0)

    async def _is_over(self) -> bool:
        try:
            found = await self._api.find(self._path)
        except (KubeError, UnreachableError):
            return False
        return found is None or status(found).get("phase") in ("Succeeded", "Failed")

    async def _renew_on(self) -> None:
        """Pass every renewal on to the generator, over as many connections as it takes."""
        while True:
            with contextlib.suppress(KubeError, UnreachableError, OSError):
                await self._renew_over_one_connection()
            await asyncio.sleep(_PAUSE_SECONDS)

    async def _renew_over_one_connection(self) -> None:
        async with self._channel.standard_input() as line:
            closed = asyncio.create_task(line.drained())
            try:
                while not closed.done():
                    wanted = asyncio.create_task(self._wanted.wait())
                    await asyncio.wait({wanted, closed}, return_when=asyncio.FIRST_COMPLETED)
                    wanted.cancel()
                    if self._wanted.is_set():
                        self._wanted.clear()
                        await line.write(self._next_line())
            finally:
                closed.cancel()

    def _next_line(self) -> str:
        """Say the order until it has begun; a line that comes after it only renews."""
        return "" if self._account.started.is_set() else order_to_json(self._order)

    async def _result(self) -> LoadResult:
        ledger = await self._collect()
        attempts, unreadable = await asyncio.to_thread(read_ledger, ledger)
        account = Account(
            started_at=self._account.started_at,
            closing=self._account.closing,
            seconds=self.seconds(),
            garbage=self._account.garbage,
            unreadable_rows=unreadable,
            last_words=await self._last_words(),
        )
        return result(self._order, attempts, account)

    async def _collect(self) -> Path:
        """Fetch the ledger once; what is missing of it makes the result incomplete by itself."""
        if self._ledger is None:
            raise RemoteError("the load ledger has nowhere to go")
        if not self._ledger.exists():
            data = await self._read_file(LEDGER)
            self._ledger.parent.mkdir(parents=True, exist_ok=True)
            await asyncio.to_thread(self._ledger.write_bytes, data)
            with contextlib.suppress(KubeError, UnreachableError):
                await self._channel.run("touch", COLLECTED)
        return self._ledger

    async def _read_file(self, path: str) -> bytes:
        for _ in range(3):
            try:
                output = await self._channel.run("cat", path)
            except (KubeError, UnreachableError):
                if await self._is_over():
                    return b""
                await asyncio.sleep(1.0)
            else:
                return output.stdout if output.code == 0 else b""
        return b""

    async def _last_words(self) -> str:
        text = (await self._read_file(ERRORS)).decode(errors="replace")
        if lines := [line for line in text.splitlines() if line.strip()]:
            return trimmed(lines[-1])
        with contextlib.suppress(KubeError, UnreachableError):
            found = await self._api.find(self._path)
            if found is None:
                return "its pod is gone"
            for cause in pod_causes("load", {**found, "kind": "Pod"}, ()):
                return cause.sentence
        return ""

    def _longest_seconds(self) -> float:
        order = self._order
        timeout = order.load.timeout.total_seconds()
        return order.duration_seconds + timeout + order.lease_seconds + _STOP_SECONDS


class KubernetesLoad:
    """Satisfies `ports.LoadGenerator`; ledgers stay in `folder` as `<run>.csv`."""

    def __init__(self, api: KubeApi, settings: LoadJobSettings, folder: Path) -> None:
        self._api = api
        self._settings = settings
        self._folder = folder

    async def refusal(self) -> str:
        """Who may not look at the nodes learns it at the start, within seconds."""
        if await refused_verbs(self._api, self._settings.namespace, NODE_CAPACITY):
            return ""
        return await no_capacity(self._api)

    @asynccontextmanager
    async def running(self, order: LoadOrder) -> AsyncIterator[LoadJobHandle]:
        """Start the Job; whatever happens, it is stopped and taken away at the end."""
        order = replace(
            order,
            url=self._settings.service_url,
            requests_per_connection=self._settings.requests_per_connection,
        )
        try:
            await self._create(order)
            pod = await LoadStart(self._api, self._settings.namespace, job_name(order)).pod()
            handle = LoadJobHandle(self._api, order, pod, self._settings.namespace)
            handle.keep_ledger_in(self._folder / f"{order.run}.csv")
            try:
                await handle.start()
                yield handle
            finally:
                await asyncio.shield(_end(handle))
        finally:
            await asyncio.shield(self._delete(order))

    async def _create(self, order: LoadOrder) -> None:
        """Make it. One of this run that is there already is ours, whose answer was lost."""
        body = load_job(order, self._settings)
        try:
            await self._api.post(_JOB.path(self._settings.namespace), body)
        except KubeError as error:
            if error.reason != "AlreadyExists":
                raise

    async def _delete(self, order: LoadOrder) -> None:
        path = _JOB.path(self._settings.namespace, job_name(order))
        body = {"propagationPolicy": "Background"}
        with contextlib.suppress(KubeError, UnreachableError):
            await self._api.delete(path, body)


async def _end(handle: LoadJobHandle) -> None:
    try:
        await handle.stop()
    finally:
        await handle.aclose()
