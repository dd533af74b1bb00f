"""Who runs what, and why: in the events of the service's own Deployment."""

from ironclad.adapters.kubernetes.client.api import KubeApi
from ironclad.adapters.kubernetes.client.kinds import kind
from ironclad.adapters.kubernetes.game_day.pod_faults import Announcer
from ironclad.ports import Clock


class DeploymentEvents:
    """Satisfies `ports.Announcer`; says nothing where there is no Deployment of that name."""

    def __init__(self, api: KubeApi, namespace: str, name: str, clock: Clock) -> None:
        self._api = api
        self._path = kind("Deployment").path(namespace, name)
        self._announcer = Announcer(api, namespace)
        self._clock = clock

    async def announce(self, reason: str, message: str) -> None:
        found = await self._api.find(self._path)
        if found is not None:
            about = {**found, "kind": "Deployment", "apiVersion": "apps/v1"}
            await self._announcer.announce(reason, message, about=about, at=self._clock.now())
