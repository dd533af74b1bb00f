"""Ways in, a game day's permission, and a generator's account, over the fake."""

import asyncio
import json
from typing import Any

import pytest

from ironclad.adapters.kubernetes.game_day.load_account import LoadAccount
from ironclad.domain.load.load import LoadSecond
from ironclad.domain.load.wire_format import (
    Closing,
    closing_to_json,
    second_to_json,
    started_to_json,
)
from tests.fakes.kube.asked import AskedCluster
from tests.fakes.kube.outlet import Outlet


def put_service(outlet: Outlet, name: str, port: dict[str, Any]) -> None:
    meta = {"name": name, "namespace": "demo"}
    spec = {"selector": {"app": name}, "ports": [port]}
    outlet.kube.put({"apiVersion": "v1", "kind": "Service", "metadata": meta, "spec": spec})


async def test_every_service_that_is_there_gets_a_tunnel(outlet: Outlet, own: AskedCluster) -> None:
    put_service(outlet, "backend", {"port": 3000})
    put_service(outlet, "unknown", {"port": 1})
    async with own.platform() as platform:
        endpoints = await platform.endpoints()
        again = await platform.endpoints()
    assert endpoints.service is not None
    assert endpoints.service.startswith("http://127.0.0.1:")
    assert endpoints.prometheus is None
    assert again == endpoints


async def test_people_get_addresses_or_the_offer_of_a_tunnel(
    outlet: Outlet, own: AskedCluster
) -> None:
    put_service(outlet, "backend", {"port": 3000, "nodePort": 30080})
    put_service(outlet, "grafana", {"port": 3000})
    put_service(outlet, "unknown", {"port": 1})
    address = {"addresses": [{"type": "InternalIP", "address": "192.0.2.7"}]}
    outlet.kube.put(
        {"apiVersion": "v1", "kind": "Node", "metadata": {"name": "n"}, "status": address}
    )
    service_addresses = await own.platform().service_addresses()
    assert [(address.service, address.how, address.url) for address in service_addresses] == [
        ("backend", "NodePort", "http://192.0.2.7:30080"),
        ("grafana", "port-forward", ""),
    ]


async def test_a_named_port_is_looked_up_in_the_pods(outlet: Outlet, own: AskedCluster) -> None:
    put_service(outlet, "backend", {"port": 80, "targetPort": "http"})
    with pytest.raises(Exception, match="no pod of Service/backend has a port named http"):
        await own.platform().tunnel("backend")
    container = {"name": "main", "ports": [{"name": "http", "containerPort": 3000}]}
    meta = {"name": "backend-1", "namespace": "demo", "labels": {"app": "backend"}}
    spec = {"containers": [container]}
    outlet.kube.put({"apiVersion": "v1", "kind": "Pod", "metadata": meta, "spec": spec})
    async with own.platform() as platform:
        assert (await platform.tunnel("backend")).startswith("http://127.0.0.1:")


async def test_a_tunnel_without_a_ready_pod_closes_the_connection(
    outlet: Outlet, own: AskedCluster, caplog: pytest.LogCaptureFixture
) -> None:
    put_service(outlet, "backend", {"port": 3000})
    async with own.platform() as platform:
        port = int((await platform.tunnel("backend")).rpartition(":")[2])
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        assert await reader.read() == b""
        writer.close()
    assert "no pod is ready" in caplog.text


async def test_a_game_day_needs_the_namespaces_label(outlet: Outlet, own: AskedCluster) -> None:
    reason = await own.platform().refusal_of_game_days()
    assert reason is not None
    assert "context fake, namespace demo" in reason
    labels = {"ironclad.dev/game-days": "allowed"}
    outlet.kube.put(
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "demo", "labels": labels}}
    )
    assert await own.platform().refusal_of_game_days() is None


# the generator's account


def second(at: float) -> LoadSecond:
    return LoadSecond(
        at=at,
        sent=10,
        ok=10,
        failed=0,
        late=0,
        unsent=0,
        in_flight=1,
        latency_p95_seconds=0.01,
        marked={},
    )


CLOSING = Closing(
    started_at=1.0,
    ended_at=4.0,
    offered=30,
    dropped=0,
    unsent=0,
    lateness_p99_seconds=0.001,
    complete=True,
    reason="",
)


async def test_an_account_goes_on_behind_the_last_line_before_the_connection_broke(
    outlet: Outlet, own: AskedCluster
) -> None:
    """Each answer of the log begins at the beginning; a torn last line is read again."""
    put_load_pod(outlet)
    lines = [started_to_json(1.0), *(second_to_json(second(at)) for at in (2.0, 3.0))]
    whole = "".join(f"{line}\n" for line in lines)
    account = LoadAccount(own.api, "/api/v1/namespaces/demo/pods/load-1/log", "load")
    outlet.kube.logs["load-1", "load", False] = whole[:-20]
    listening = asyncio.create_task(account.listen())
    async with asyncio.timeout(10):
        await account.started.wait()
        outlet.kube.logs["load-1", "load", False] = whole
        while len(account.seconds) < 2:
            await asyncio.sleep(0.01)
        outlet.stop()
        await asyncio.sleep(0)
        outlet.start()
        outlet.kube.logs["load-1", "load", False] = f"{whole}{closing_to_json(CLOSING)}\n"
        await listening
    assert [each.at for each in account.seconds] == [2.0, 3.0]
    assert account.closing == CLOSING
    assert account.garbage == ""


async def test_what_is_no_account_is_kept_as_garbage(outlet: Outlet, own: AskedCluster) -> None:
    put_load_pod(outlet)
    text = f"Traceback\n{json.dumps({'started': 1.0})}\n{closing_to_json(CLOSING)}\n"
    outlet.kube.logs["load-1", "load", False] = text
    account = LoadAccount(own.api, "/api/v1/namespaces/demo/pods/load-1/log", "load")
    async with asyncio.timeout(10):
        await account.listen()
    assert account.garbage == "Traceback"
    assert account.started_at == 1.0


def put_load_pod(outlet: Outlet) -> None:
    meta = {"name": "load-1", "namespace": "demo"}
    outlet.kube.put({"apiVersion": "v1", "kind": "Pod", "metadata": meta})
