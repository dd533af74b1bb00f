"""A collection that keeps up: through lost connections, a forgotten past and an absent server."""

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest

from ironclad.adapters.kubernetes.client.kinds import kind
from ironclad.adapters.kubernetes.client.reflector import Reflector, reflecting
from ironclad.domain.kubernetes.kube_object import ObjectRef
from tests.fakes.kube.asked import AskedCluster
from tests.fakes.kube.outlet import Outlet


@pytest.fixture
async def reflector(own: AskedCluster) -> AsyncIterator[Reflector]:
    """The ConfigMaps of `demo`, with one there from the start."""
    await own.create(own.config("first"))
    reflector = Reflector(own.api, kind("ConfigMap"), "demo")
    async with reflecting(reflector):
        yield reflector


async def until(is_so: Callable[[], bool], seconds: float = 15) -> None:
    async with asyncio.timeout(seconds):
        while not is_so():
            await asyncio.sleep(0.01)


def names(reflector: Reflector) -> set[str]:
    return {ref.name for ref in reflector.items}


async def test_it_knows_what_is_there_and_sees_what_comes_changes_and_goes(
    outlet: Outlet, own: AskedCluster, reflector: Reflector
) -> None:
    assert names(reflector) == {"first"}
    await own.create(own.config("second", colour="blue"))
    await until(lambda: names(reflector) == {"first", "second"})
    await own.apply_as("someone", own.config("second", colour="red"))
    second = ObjectRef("ConfigMap", "second", "demo")
    await until(lambda: reflector.items[second]["data"]["colour"] == "red")
    outlet.kube.remove("configmaps", "demo", "first")
    await until(lambda: names(reflector) == {"second"})


async def test_an_outage_is_reported_and_survived(outlet: Outlet, reflector: Reflector) -> None:
    outlet.stop()
    await until(lambda: "does not answer" in reflector.problem)
    assert names(reflector) == {"first"}
    outlet.start()
    await until(lambda: not reflector.problem)
    outlet.kube.put(
        {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": "later", "namespace": "demo"},
        }
    )
    await until(lambda: names(reflector) == {"first", "later"})


async def test_what_was_missed_beyond_the_servers_memory_is_listed_anew(
    outlet: Outlet, reflector: Reflector
) -> None:
    outlet.stop()
    kube = outlet.kube
    kube.store.remove(("configmaps", "demo", "first"))
    kube.store.compact()
    outlet.start()
    await until(lambda: not reflector.items and not reflector.problem)


async def test_bookmarks_keep_its_place_without_objects(
    outlet: Outlet, reflector: Reflector
) -> None:
    """Others' changes move the version on; after a forgotten past nothing is listed again."""
    kube = outlet.kube
    for number in range(3):
        kube.put({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": f"n{number}"}})
    await until(lambda: reflector.version == str(kube.store.last))
    kube.seen.clear()
    kube.compact()
    await asyncio.sleep(0)
    kube.put(
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "x", "namespace": "demo"}}
    )
    await until(lambda: "x" in names(reflector))
    assert kube.seen == []


async def test_a_missing_permission_is_final_and_reported(
    outlet: Outlet, own: AskedCluster
) -> None:
    outlet.kube.refused.add(("list", "configmaps"))
    reflector = Reflector(own.api, kind("ConfigMap"), "demo")
    async with reflecting(reflector):
        assert reflector.is_forbidden
        assert "me may not list configmaps" in reflector.problem


async def test_many_objects_come_in_pages(own: AskedCluster, outlet: Outlet) -> None:
    for number in range(1100):
        meta = {"name": f"c{number:04}", "namespace": "demo"}
        outlet.kube.store.save(
            ("configmaps", "demo", meta["name"]),
            {"apiVersion": "v1", "kind": "ConfigMap", "metadata": meta},
        )
    reflector = Reflector(own.api, kind("ConfigMap"), "demo")
    async with reflecting(reflector):
        assert len(reflector.items) == 1100
    lists = [line for line in outlet.kube.seen if line == "GET /api/v1/namespaces/demo/configmaps"]
    assert len(lists) >= 3
