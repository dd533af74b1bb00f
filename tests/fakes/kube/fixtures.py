"""The fake API server as fixtures."""

import secrets
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta

import pytest

from tests.fakes.kube.asked import AskedCluster, asked_cluster
from tests.fakes.kube.outlet import Outlet, fake_kube


@pytest.fixture(scope="session")
def shared_outlet() -> Iterator[Outlet]:
    """One fake API server for all tests that need no powers over it."""
    with fake_kube() as served:
        yield served


@pytest.fixture
async def cluster(shared_outlet: Outlet) -> AsyncIterator[AskedCluster]:
    """A namespace of the fake; `tests/cluster` has a fixture of this name that is a real one."""
    async with asked_cluster(shared_outlet, f"test-{secrets.token_hex(4)}") as asked:
        yield asked


@pytest.fixture
def outlet() -> Iterator[Outlet]:
    """A fake API server of the test's own, to be stopped, filled and made to refuse."""
    with fake_kube() as served:
        yield served


@pytest.fixture
async def own(outlet: Outlet) -> AsyncIterator[AskedCluster]:
    """The namespace `demo` of the test's own fake."""
    async with asked_cluster(outlet, "demo") as asked:
        asked.policy_test_within = timedelta(seconds=0.3)  # no pod ever runs on a fake
        yield asked
