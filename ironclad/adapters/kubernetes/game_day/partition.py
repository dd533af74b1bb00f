"""The network between the service and its database, cut by the database's own policy."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from ironclad.adapters.kubernetes.client.api import KubeApi
from ironclad.adapters.kubernetes.client.failures import trimmed
from ironclad.adapters.kubernetes.client.pod_channel import PodChannel
from ironclad.adapters.kubernetes.game_day.borrowing import Borrowed
from ironclad.domain.kubernetes.kube_object import KubeObject, spec
from ironclad.domain.stack.stack import Replica
from ironclad.domain.stack.undo import Change
from ironclad.errors import LeaseLapsedError, RemoteError

Rule = Mapping[str, Any]


def admits(ingress: Sequence[Rule], app: str) -> bool:
    """Tell whether the pods of an app are named in it, by their own label alone."""
    return any(_is_peer(peer, app) for rule in ingress for peer in rule.get("from") or ())


def admits_everybody(ingress: Sequence[Rule]) -> bool:
    """A rule without `from` is for the whole world: there taking out a peer changes nothing."""
    return any(not rule.get("from") for rule in ingress)


def without(ingress: Sequence[Rule], app: str) -> list[Rule]:
    """Take a peer out. A rule that was for it alone goes: an empty `from` would admit everybody."""
    left = (
        {
            **rule,
            "from": [peer for peer in rule.get("from") or () if not _is_peer(peer, app)],
        }
        for rule in ingress
    )
    return [rule for rule in left if rule["from"]]


def _is_peer(peer: Mapping[str, Any], app: str) -> bool:
    labels = (peer.get("podSelector") or {}).get("matchLabels") or {}
    return labels == {"app": app} and "namespaceSelector" not in peer


_INGRESS = "ingress"
POLICY_DELAY_SECONDS = 1.0
"""A network plugin applies a policy after a moment; connections made meanwhile are let in."""

_ENDED_TIMES = 3


class Partition:
    """A policy does not cut what stands already everywhere, so open sessions are ended as well.

    Only at first: if they come back, policies are not enforced here, and the cut is not seen.
    """

    def __init__(
        self, api: KubeApi, namespace: str, service: str, *, policy_delay_seconds: float
    ) -> None:
        self._policy = Borrowed(api, namespace, "NetworkPolicy", "postgres-netpol")
        self._sessions = Sessions(api, namespace, "postgres-0")
        self._service = service
        self._policy_delay_seconds = policy_delay_seconds
        self._ended = 0

    async def refusal(self, targets: Sequence[Replica]) -> str:
        del targets
        found = await self._policy.find()
        if found is None:
            return f"{self._policy.name} is not there, so nothing could be cut by it"
        if admits_everybody(_ingress(found)):
            return f"{self._policy.name} has a rule that admits everybody"
        if not admits(_ingress(found), self._service):
            return f"{self._policy.name} does not name the pods of {self._service}"
        return ""

    async def before(self, targets: Sequence[Replica]) -> Mapping[str, str]:
        del targets
        found = await self._policy.get()
        return {_INGRESS: json.dumps(_ingress(found)), **self._policy.owners(found)}

    async def make(self, change: Change, lasts: timedelta) -> None:
        del lasts
        await self._policy.patch({_INGRESS: self._cut(change)})
        await asyncio.sleep(self._policy_delay_seconds)
        self._ended = 1
        await self._sessions.end()

    def _cut(self, change: Change) -> list[Rule]:
        return without(json.loads(change.before[_INGRESS]), self._service)

    async def renew(self, change: Change) -> None:
        """Raises LeaseLapsedError when somebody mended the policy meanwhile."""
        if _ingress(await self._policy.get()) != self._cut(change):
            raise LeaseLapsedError(f"{self._policy.name} was changed while it should be cut")
        if self._ended < _ENDED_TIMES:
            self._ended += 1
            await self._sessions.end()

    async def is_made(self, change: Change) -> bool:
        is_cut = _ingress(await self._policy.get()) == self._cut(change)
        return is_cut and await self._sessions.count() == 0

    async def restore(self, change: Change) -> str:
        """Other rules than ours are somebody's who came after us: they stay."""
        found = await self._policy.find()
        if found is None or not self._policy.is_same(found, change.before):
            return ""
        if _ingress(found) == self._cut(change):
            await self._policy.patch({_INGRESS: json.loads(change.before[_INGRESS])})
        await self._policy.give_back(change.before)
        return ""

    async def words(self) -> dict[str, str]:
        found = await self._policy.find()
        state = "not there" if found is None else json.dumps(_ingress(found), sort_keys=True)
        return {self._policy.name: state}


def _ingress(item: KubeObject) -> list[Rule]:
    return list(spec(item).get(_INGRESS) or ())


_OPEN = (
    "FROM pg_stat_activity WHERE usename = current_user AND client_addr IS NOT NULL"
    " AND backend_type = 'client backend' AND pid <> pg_backend_pid()"
)
_COUNT = f"SELECT count(*) {_OPEN}"
_END = f"SELECT count(pg_terminate_backend(pid)) {_OPEN}"

_PSQL = 'exec psql -U "$POSTGRES_USER" -d "$POSTGRES_DB" -XAtc "$0"'
"""Over the pod's own socket, which needs no password."""


class Sessions:
    def __init__(self, api: KubeApi, namespace: str, pod: str) -> None:
        self._channel = PodChannel(api, namespace, pod, "postgres")
        self._pod = pod

    async def count(self) -> int:
        return await self._asked(_COUNT)

    async def end(self) -> int:
        """Give how many there were."""
        return await self._asked(_END)

    async def _asked(self, query: str) -> int:
        output = await self._channel.run("sh", "-c", _PSQL, query)
        try:
            return int(output.stdout)
        except ValueError as error:
            said = trimmed(output.stderr or output.stdout.decode(errors="replace"), 200)
            raise RemoteError(f"the sessions in Pod/{self._pod} cannot be seen: {said}") from error
