"""Faults of the platform: a process that dies at once, and a pod that leaves in the orderly way."""

import asyncio
import time
from collections.abc import Iterable

from ironclad.adapters.kubernetes.client.api import KubeApi
from ironclad.adapters.kubernetes.client.failures import KubeError, trimmed
from ironclad.adapters.kubernetes.client.kinds import kind
from ironclad.adapters.kubernetes.client.pod_channel import BROKEN, Output, PodChannel
from ironclad.domain.kubernetes.kube_object import KubeObject, metadata, section, spec, status
from ironclad.errors import RefusedError, RemoteError, UnreachableError
from ironclad.progress import Progress, report

_POD = kind("Pod")

_KILLERS = (
    ("python", "-c", "import resource as r; r.prlimit(1, r.RLIMIT_CPU, (1, 1))"),
    ("prlimit", "--pid", "1", "--cpu=1:1"),
)
"""The kernel drops a SIGKILL that a container sends to its own first process. Its own SIGKILL for
an exceeded CPU limit gets through: exit code 137, without a warning. Deleting with a grace
of 0 is no such death: the kubelet still sends SIGTERM and waits."""

_QUITTER = ("sh", "-c", "kill -QUIT 1")
"""PostgreSQL's immediate shutdown: every process of it ends at once, nothing is written. A SIGKILL
does not get through from inside, and for a CPU limit it works too little."""

_KILLED = 137
_TORN = "the connection broke, and the process lives on"
_BUDGET_WITHIN_SECONDS = 45.0
"""The API server asks to come again after 10 s; the controller needs far less."""

_LOOKS, _LOOK_SECONDS = 20, 0.3


class PodFaults:
    """A pod has its replica's name. The API server refuses those who may not exec."""

    def __init__(
        self,
        api: KubeApi,
        namespace: str,
        *,
        budget_within_seconds: float = _BUDGET_WITHIN_SECONDS,
    ) -> None:
        self._api = api
        self._namespace = namespace
        self._budget_within_seconds = budget_within_seconds

    async def kill(self, pod: str) -> int:
        """Let the main process die without draining; gives the restarts counted before.

        It takes effect at the process's next bit of work, once it has used a second of CPU time.
        """
        return await self._end(pod, _KILLERS)

    async def quit(self, pod: str) -> None:
        """Let a database's main process end without shutting down."""
        await self._end(pod, (_QUITTER,))

    async def _end(self, pod: str, killers: Iterable[tuple[str, ...]]) -> int:
        found = await self._get(pod)
        before = restarts(found)
        channel = PodChannel(self._api, self._namespace, pod, _main_container(found))
        problem = ""
        for killer in killers:
            problem = await self._try(channel, killer)
            if not problem or (problem == _TORN and await self._has_died(pod, before)):
                return before
        raise RefusedError((f"{self._name(pod)} cannot be killed from inside: {problem}",))

    async def _try(self, channel: PodChannel, killer: tuple[str, ...]) -> str:
        """Say what went wrong; the process may have taken the command down with it."""
        try:
            output = await channel.run(*killer)
        except KubeError as error:
            return _TORN if error.reason == BROKEN else str(error)
        if output.code == _KILLED:
            return _TORN
        return "" if output.code == 0 else _words(killer[0], output)

    async def delete(self, pod: str) -> str:
        """Delete it with its own grace; gives the uid that is now ending.

        A repeat after a lost answer finds it gone, or another one of its name.
        """
        uid = str(metadata(await self._get(pod))["uid"])
        body = {"preconditions": {"uid": uid}}
        try:
            await self._api.delete(self._path(pod), body)
        except KubeError as error:
            if not error.is_conflict or not await self.is_gone(pod, uid):
                raise
        return uid

    async def evict(self, pod: str) -> None:
        """Ask for it as a drain does. Raises RefusedError when a disruption budget forbids it.

        A budget that is still being processed is asked again, as often as it says, for a while.
        """
        uid = str(metadata(await self._get(pod))["uid"])
        start = time.monotonic()
        while True:
            try:
                return await self._evict_once(pod, uid)
            except KubeError as error:
                if error.is_disruption:
                    raise RefusedError((error.budget_words,)) from error
                if not error.is_of_a_budget:
                    raise
                await self._wait_for_the_budget(error, time.monotonic() - start)

    async def _wait_for_the_budget(self, error: KubeError, waited: float) -> None:
        pause = error.retry_after_seconds
        if waited + pause > self._budget_within_seconds:
            raise RemoteError(
                f"{error}; after {waited:.0f} s it is neither allowed nor refused: see whether"
                " the controller manager runs"
            ) from error
        within = self._budget_within_seconds
        report(Progress("waiting for the disruption budget", waited, within, "s", str(error)))
        await asyncio.sleep(pause)

    async def _evict_once(self, pod: str, uid: str) -> None:
        """A lost answer is looked up at the pod: the eviction may have got through."""
        body = {
            "apiVersion": "policy/v1",
            "kind": "Eviction",
            "metadata": {"name": pod, "namespace": self._namespace},
            "deleteOptions": {"preconditions": {"uid": uid}},
        }
        path = _POD.path(self._namespace, pod, "eviction")
        try:
            await self._api.post(path, body, again=False)
        except UnreachableError:
            if not await self._is_ending(pod, uid):
                raise

    async def _is_ending(self, pod: str, uid: str) -> bool:
        found = await self._api.find(self._path(pod))
        if found is None or metadata(found)["uid"] != uid:
            return True
        return bool(metadata(found).get("deletionTimestamp"))

    async def life(self, pod: str) -> str:
        """Name its present life; empty once the pod is gone."""
        found = await self._api.find(self._path(pod))
        if found is None:
            return ""
        return f"pod {metadata(found)['uid']} with {restarts(found)} restarts"

    async def is_ready(self, pod: str) -> bool:
        found = await self._api.find(self._path(pod))
        return found is not None and all(one.get("ready") for one in _container_states(found))

    async def restarts(self, pod: str) -> int:
        return restarts(await self._get(pod))

    async def is_gone(self, pod: str, uid: str) -> bool:
        found = await self._api.find(self._path(pod))
        return found is None or metadata(found)["uid"] != uid

    async def _has_died(self, pod: str, before: int) -> bool:
        """Give the kubelet time to notice."""
        for _ in range(_LOOKS):
            found = await self._api.find(self._path(pod))
            if found is None or restarts(found) > before or not _is_running(found):
                return True
            await asyncio.sleep(_LOOK_SECONDS)
        return False

    async def _get(self, pod: str) -> KubeObject:
        found = await self._api.find(self._path(pod))
        if found is None:
            raise RemoteError(f"{self._name(pod)} is not there any more")
        return found

    def _path(self, pod: str) -> str:
        return _POD.path(self._namespace, pod)

    def _name(self, pod: str) -> str:
        return f"context {self._api.context}, namespace {self._namespace}: Pod/{pod}"


def restarts(pod: KubeObject) -> int:
    return sum(int(each.get("restartCount", 0)) for each in _container_states(pod))


def _container_states(pod: KubeObject) -> tuple[KubeObject, ...]:
    return tuple(status(pod).get("containerStatuses") or ())


def _main_container(pod: KubeObject) -> str:
    """The one that kubectl takes by default: named by an annotation, else the first."""
    named = section(pod, "metadata", "annotations").get("kubectl.kubernetes.io/default-container")
    return str(named or spec(pod)["containers"][0]["name"])


def _is_running(pod: KubeObject) -> bool:
    return all("running" in (each.get("state") or {}) for each in _container_states(pod))


def _words(program: str, output: Output) -> str:
    return f"{program} ended with {output.code}: {trimmed(output.stderr, 200)}"
