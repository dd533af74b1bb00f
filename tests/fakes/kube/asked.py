"""One namespace of a cluster, fake or real, and what tests ask of it."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from ironclad.adapters.kubernetes.client.access import Access
from ironclad.adapters.kubernetes.client.api import KubeApi
from ironclad.adapters.kubernetes.client.kinds import kind
from ironclad.adapters.kubernetes.stage.platform import KubernetesPlatform
from ironclad.clock import SystemClock
from ironclad.domain.kubernetes.kube_object import KubeObject
from ironclad.domain.kubernetes.stack_spec import StackSpec, WantedSecret
from ironclad.domain.stack.stack import Stage
from ironclad.ports import Clock
from tests.fakes.kube.outlet import Outlet


@dataclass(slots=True)
class AskedCluster:
    api: KubeApi
    namespace: str
    clock: Clock = field(default_factory=SystemClock)
    policy_test_within: timedelta = timedelta(seconds=60)

    def platform(
        self,
        objects: Callable[[Stage], tuple[KubeObject, ...]] | tuple[KubeObject, ...] = (),
        *,
        initial_replicas: Mapping[str, int] | None = None,
        secrets: tuple[WantedSecret, ...] = (),
        values: Mapping[str, str] | None = None,
        force: bool = False,
        recreate: bool = False,
    ) -> KubernetesPlatform:
        """Give a platform whose backend stage wants these objects."""
        target = StackSpec(
            namespace=self.namespace,
            objects=objects if callable(objects) else _only_backend(objects),
            initial_replicas=initial_replicas or {},
            secrets=secrets,
            values=values or {},
        )
        return KubernetesPlatform(
            self.api,
            target,
            self.clock,
            force=force,
            recreate=recreate,
            policy_test_within=self.policy_test_within,
        )

    async def get(self, kind_name: str, name: str) -> dict[str, Any] | None:
        found = await self.api.find(kind(kind_name).path(self.namespace, name))
        return None if found is None else dict(found)

    async def create(self, item: Mapping[str, Any]) -> None:
        path = kind(item["kind"]).path(self.namespace)
        await self.api.post(path, item, again=False)

    async def apply_as(self, manager: str, item: Mapping[str, Any], *, force: bool = True) -> None:
        path = kind(item["kind"]).path(self.namespace, item["metadata"]["name"])
        await self.api.apply(path, item, manager, force=force)

    # what is applied in tests

    def config(self, name: str = "settings", **data: str) -> dict[str, Any]:
        return self._object("v1", "ConfigMap", name, data=data or {"colour": "blue"})

    def deployment(self, name: str = "backend", **changes: Any) -> dict[str, Any]:
        container = {"name": "main", "image": "registry.invalid/none:1", **changes.pop("main", {})}
        labels = {"app": name}
        spec = {
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": {"containers": [container]}},
            **changes,
        }
        return self._object("apps/v1", "Deployment", name, spec=spec)

    def stateful_set(self, name: str = "postgres", *, storage: str = "gold") -> dict[str, Any]:
        whole = self.deployment(name)
        claim = {**self.claim()["spec"], "storageClassName": storage}
        spec = {
            **whole["spec"],
            "serviceName": name,
            "volumeClaimTemplates": [{"metadata": {"name": "data"}, "spec": claim}],
        }
        return {**whole, "kind": "StatefulSet", "spec": spec}

    def claim(self, name: str = "data") -> dict[str, Any]:
        spec = {
            "accessModes": ["ReadWriteOnce"],
            "resources": {"requests": {"storage": "1Mi"}},
        }
        return self._object("v1", "PersistentVolumeClaim", name, spec=spec)

    def secret(self, name: str, **data: str) -> dict[str, Any]:
        return self._object("v1", "Secret", name, stringData=data)

    def _object(self, version: str, kind_name: str, name: str, **rest: Any) -> dict[str, Any]:
        meta = {"name": name, "namespace": self.namespace}
        return {"apiVersion": version, "kind": kind_name, "metadata": meta, **rest}


def _only_backend(objects: tuple[KubeObject, ...]) -> Callable[[Stage], tuple[KubeObject, ...]]:
    return lambda stage: objects if stage is Stage.BACKEND else ()


def reached_at(url: str) -> Access:
    """Reach whatever serves there as a cluster named `fake`."""
    return Access(
        content={
            "current-context": "fake",
            "clusters": [{"name": "fake", "cluster": {"server": url}}],
            "users": [{"name": "me", "user": {"token": "good"}}],
            "contexts": [{"name": "fake", "context": {"cluster": "fake", "user": "me"}}],
        }
    )


@asynccontextmanager
async def asked_cluster(outlet: Outlet, namespace: str) -> AsyncIterator[AskedCluster]:
    """Log in to a fake and make the namespace there."""
    outlet.kube.put({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}})
    async with KubeApi(Access(content=outlet.kube.kubeconfig())) as api:
        yield AskedCluster(api, namespace)
