"""The load's pod: what keeps it from running, and what it says once it does."""

import asyncio
import time

from ironclad.adapters.kubernetes.client.api import Call, KubeApi
from ironclad.adapters.kubernetes.client.failures import KubeError
from ironclad.adapters.kubernetes.client.kinds import kind
from ironclad.domain.kubernetes.kube_object import KubeObject, metadata, status
from ironclad.domain.kubernetes.load_job import LOAD_SIZE
from ironclad.domain.kubernetes.readiness.node_capacity import fitting, free_words
from ironclad.domain.kubernetes.readiness.pod_causes import pod_causes
from ironclad.domain.load.load import LoadSecond
from ironclad.domain.load.wire_format import Closing, line_from_json
from ironclad.errors import UnreachableError
from ironclad.progress import Progress, report

_POD, _EVENT, _NODE = kind("Pod"), kind("Event"), kind("Node")

WITHIN_SECONDS = 120.0
STANDS_SECONDS = 10.0
"""What keeps the pod for so long will keep it: a game day needs its load now, not later."""

_PAUSE_SECONDS = 0.2
_REMEDY = "lower backend.requests.cpu or .memory, end what else runs there, or add a node"


async def no_capacity(api: KubeApi) -> str:
    """Say why no node takes the load's pod; empty where one does."""
    nodes = await api.items(_NODE)
    pods = await api.items(_POD)
    if fitting(LOAD_SIZE, nodes, pods):
        return ""
    free = "; ".join(free_words(node, pods) for node in nodes) or "there is no node"
    return f"no node can take the load's pod, which asks for {LOAD_SIZE}: {free}; {_REMEDY}"


class LoadStart:
    """One wait for one Job's pod. Raises UnreachableError with what keeps it, within seconds."""

    def __init__(self, api: KubeApi, namespace: str, job: str) -> None:
        self._api = api
        self._namespace = namespace
        self._job = job
        self._key = ""
        self._since = self._began = time.monotonic()

    async def pod(self) -> str:
        """Give the pod's name once it runs."""
        while True:
            pods = await self._api.items(_POD, self._namespace, f"job-name={self._job}")
            for pod in pods:
                if status(pod).get("phase") == "Running":
                    return str(metadata(pod)["name"])
            self._look(*(_reason(pods) if pods else await self._unmade()))
            await asyncio.sleep(_PAUSE_SECONDS)

    def _look(self, why: str, key: str) -> None:
        """Words may change while the cause, its `key`, stands; a slow start has none."""
        now = time.monotonic()
        if key != self._key:
            self._key, self._since = key, now
        waited = now - self._began
        if waited >= WITHIN_SECONDS or (key and now - self._since >= STANDS_SECONDS):
            raise UnreachableError(
                f"context {self._api.context}, namespace {self._namespace}: the load generator did"
                f" not start within {waited:.0f} s: {why}"
            )
        report(Progress("waiting for the load's pod", waited, WITHIN_SECONDS, "s", why))

    async def _unmade(self) -> tuple[str, str]:
        """A quota or an admission plug-in refuses the pod itself: only an event says so."""
        page = await self._api.get(
            _EVENT.path(self._namespace), {"fieldSelector": f"involvedObject.name={self._job}"}
        )
        failures = [e for e in page.get("items") or () if e.get("reason") == "FailedCreate"]
        if failures:
            return f"Job/{self._job} cannot make its pod: {failures[-1].get('message')}", "unmade"
        return f"Job/{self._job} has no pod yet", ""


def _reason(pods: list[KubeObject]) -> tuple[str, str]:
    for cause in pod_causes("load", pods[-1], ()):
        return cause.sentence, cause.key
    return f"its pod is {status(pods[-1]).get('phase')}", ""


_FOLLOW_SECONDS = 24 * 3600.0


class LoadAccount:
    def __init__(self, api: KubeApi, path: str, container: str) -> None:
        self._api = api
        self._call = Call(
            method="GET",
            path=path,
            query={"container": container, "follow": True},
            accept="*/*",
            timeout_seconds=_FOLLOW_SECONDS,
        )
        self._last_number = 0
        self.seconds: list[LoadSecond] = []
        self.started_at: float | None = None
        self.closing: Closing | None = None
        self.garbage = ""
        self.started = asyncio.Event()
        self.ended = asyncio.Event()

    async def listen(self) -> None:
        """Follow until the closing account; a broken connection goes on behind what is known."""
        while not self.ended.is_set():
            try:
                await self._follow()
            except (KubeError, UnreachableError):
                await asyncio.sleep(_PAUSE_SECONDS)
            else:
                await asyncio.sleep(_PAUSE_SECONDS)

    async def _follow(self) -> None:
        number = 0
        async with self._api.lines(self._call) as lines:
            async for line in lines:
                if not line.endswith(b"\n"):
                    return
                number += 1
                if number > self._last_number:
                    self._last_number = number
                    self._read_line(line.decode(errors="replace"))

    def _read_line(self, line: str) -> None:
        try:
            said = line_from_json(line)
        except (ValueError, KeyError, TypeError):
            self.garbage = self.garbage or line[:80].strip()
            return
        match said:
            case Closing():
                self.closing = said
                self.ended.set()
            case LoadSecond():
                self.seconds.append(said)
            case float():
                self.started_at = said
                self.started.set()
