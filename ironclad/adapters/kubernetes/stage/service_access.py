"""How people and programs reach the stack's services: from inside, by an address, by a tunnel."""

from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack

from ironclad.adapters.kubernetes.client.access import IN_CLUSTER
from ironclad.adapters.kubernetes.client.api import KubeApi
from ironclad.adapters.kubernetes.client.kinds import kind
from ironclad.adapters.kubernetes.client.port_forward import PodTunnel, round_robin
from ironclad.domain.kubernetes.kube_object import (
    KubeObject,
    condition,
    metadata,
    section,
    selector,
    spec,
    status,
)
from ironclad.domain.kubernetes.service_access import ServiceAddress, service_addresses
from ironclad.domain.stack.stack import Endpoints
from ironclad.errors import RemoteError

SERVICES = {
    "service": "backend",
    "prometheus": "prometheus",
    "alertmanager": "alertmanager",
    "janitor": "janitor",
    "grafana": "grafana",
}
"""Fields of `Endpoints` and the Services behind them."""


class ServiceAccess:
    """Keeps the tunnels that it opened until it is closed."""

    def __init__(self, api: KubeApi, namespace: str, elsewhere: Mapping[str, str]) -> None:
        self._api = api
        self._namespace = namespace
        self._elsewhere = elsewhere
        self._tunnels = AsyncExitStack()
        self._open: dict[str, str] = {}

    async def aclose(self) -> None:
        self._open = {}
        await self._tunnels.aclose()

    async def endpoints(self) -> Endpoints:
        """Give URLs that work from here: Service names inside the cluster, tunnels outside."""
        services = {str(metadata(each)["name"]): each for each in await self._services()}
        urls = {
            field: await self._url(services[name])
            for field, name in SERVICES.items()
            if name in services
        }
        return Endpoints(**{**urls, **self._elsewhere})

    async def service_addresses(self) -> tuple[ServiceAddress, ...]:
        """List what leads to each service without a tunnel; one with `url=""` needs one."""
        nodes = await self._api.items(kind("Node"))
        ingresses = await self._api.items(kind("Ingress"), self._namespace)
        found = [each for each in await self._services() if _is_known(each)]
        return tuple(a for each in found for a in service_addresses(each, ingresses, nodes))

    async def tunnel(self, service: str, local_port: int = 0) -> str:
        """Open a local port that leads to a service's pods; it stays until this is closed."""
        if service not in self._open:
            found = await self._api.get(kind("Service").path(self._namespace, service))
            port = await self._target_port(found)
            tunnel = PodTunnel(
                self._api, self._namespace, port, round_robin(lambda: self._ready_pods(found))
            )
            url = await self._tunnels.enter_async_context(tunnel.listening(local_port))
            self._open[service] = url
        return self._open[service]

    async def url(self, service: str) -> str:
        """Give a URL of one Service that works from here."""
        return await self._url(await self._api.get(kind("Service").path(self._namespace, service)))

    async def _url(self, service: KubeObject) -> str:
        name, port = metadata(service)["name"], spec(service)["ports"][0]["port"]
        if self._api.context == IN_CLUSTER:
            return f"http://{name}.{self._namespace}.svc:{port}"
        return await self.tunnel(str(name))

    async def _services(self) -> Sequence[KubeObject]:
        return await self._api.items(kind("Service"), self._namespace)

    async def _target_port(self, service: KubeObject) -> int:
        """Find the number behind a named target port in the pods."""
        first = spec(service)["ports"][0]
        target = first.get("targetPort", first["port"])
        if isinstance(target, int):
            return target
        for pod in await self._pods(service):
            for container in spec(pod).get("containers") or ():
                for port in container.get("ports") or ():
                    if port.get("name") == target:
                        return int(port["containerPort"])
        raise RemoteError(
            f"context {self._api.context}, namespace {self._namespace}: no pod of"
            f" Service/{metadata(service)['name']} has a port named {target}"
        )

    async def _pods(self, service: KubeObject) -> Sequence[KubeObject]:
        labels = selector(section(service, "spec", "selector"))
        return await self._api.items(kind("Pod"), self._namespace, labels)

    async def _ready_pods(self, service: KubeObject) -> tuple[str, ...]:
        pods = await self._pods(service)
        return tuple(sorted(str(metadata(pod)["name"]) for pod in pods if _is_ready(pod)))


def _is_ready(pod: KubeObject) -> bool:
    is_up = status(pod).get("phase") == "Running" and not metadata(pod).get("deletionTimestamp")
    return is_up and condition(pod, "Ready").get("status") == "True"


def _is_known(service: KubeObject) -> bool:
    return metadata(service)["name"] in SERVICES.values()
