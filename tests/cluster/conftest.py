"""A real cluster: the one that KUBECONFIG names, in namespaces that are made and taken away."""

import os
import secrets
from collections.abc import AsyncIterator

import pytest

from ironclad.adapters.kubernetes.client.access import Access
from ironclad.adapters.kubernetes.client.api import Call, KubeApi
from ironclad.adapters.kubernetes.client.kinds import kind
from tests.fakes.kube.asked import AskedCluster

PREFIX = os.environ.get("IRONCLAD_TEST_PREFIX", "ironclad-test-")
"""Namespaces of the tests begin with this, so that nothing else is ever touched."""


@pytest.fixture
async def api() -> AsyncIterator[KubeApi]:
    path = os.environ.get("KUBECONFIG", "")
    if not path:
        pytest.skip("KUBECONFIG names no cluster")
    async with KubeApi(Access(kubeconfig=path)) as opened:
        yield opened


@pytest.fixture
async def cluster(api: KubeApi) -> AsyncIterator[AskedCluster]:
    namespace = f"{PREFIX}{secrets.token_hex(4)}"
    body = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}}
    path = kind("Namespace").path()
    await api.call(Call(method="POST", path=path, body=body, again=False))
    try:
        yield AskedCluster(api, namespace)
    finally:
        path = kind("Namespace").path(name=namespace)
        if await api.find(path) is not None:
            await api.call(Call(method="DELETE", path=path))
