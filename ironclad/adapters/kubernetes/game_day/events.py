"""Who runs what, and why: in the events of the service's own Deployment."""

from ironclad.adapters.kubernetes.client.api import KubeApi
from ironclad.adapters.kubernetes.client.failures import trimmed
from ironclad.adapters.kubernetes.client.kinds import kind
from ironclad.domain.kubernetes.kube_object import metadata, stamp
from ironclad.ports import Clock


class DeploymentEvents:
    """Satisfies `ports.Announcer`; says nothing where there is no Deployment of that name."""

    def __init__(self, api: KubeApi, namespace: str, name: str, clock: Clock) -> None:
        self._api = api
        self._namespace = namespace
        self._name = name
        self._clock = clock

    async def announce(self, reason: str, message: str) -> None:
        """Write one event; `reason` is one word, as in `GameDayStarted`."""
        found = await self._api.find(kind("Deployment").path(self._namespace, self._name))
        if found is None:
            return
        now = f"{stamp(self._clock.now())[:19]}Z"
        body = {
            "apiVersion": "v1",
            "kind": "Event",
            "metadata": {"generateName": "ironclad-"},
            "involvedObject": {
                "apiVersion": "apps/v1",
                "kind": "Deployment",
                "name": self._name,
                "namespace": self._namespace,
                "uid": metadata(found).get("uid", ""),
            },
            "type": "Normal",
            "reason": reason,
            "message": trimmed(message, 1000),
            "source": {"component": "ironclad"},
            "firstTimestamp": now,
            "lastTimestamp": now,
            "count": 1,
        }
        path = kind("Event").path(self._namespace)
        await self._api.post(path, body, again=False)
