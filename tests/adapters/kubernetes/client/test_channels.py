"""Into a pod through the API server: commands, standard input, ports; over the fake."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import parse_qsl

import pytest

from ironclad.adapters.kubernetes.client.failures import FORBIDDEN, KubeError
from ironclad.adapters.kubernetes.client.pod_channel import BROKEN, PodChannel
from ironclad.adapters.kubernetes.client.port_forward import PodTunnel, round_robin
from ironclad.adapters.kubernetes.game_day.pod_faults import PodFaults
from ironclad.errors import RefusedError, UnreachableError
from tests.fakes.kube.asked import AskedCluster
from tests.fakes.kube.channels import Ending
from tests.fakes.kube.outlet import Outlet


def channel(own: AskedCluster) -> PodChannel:
    return PodChannel(own.api, "demo", "load-1", "load")


# commands


async def test_a_command_gives_both_its_outputs_and_its_code(
    outlet: Outlet, own: AskedCluster
) -> None:
    outlet.kube.channels.endings["cat", "/a file"] = Ending(b"rows\n" * 3, b"careful", 3)
    output = await channel(own).run("cat", "/a file")
    assert (output.stdout, output.stderr, output.code) == (b"rows\n" * 3, "careful", 3)
    (asked,) = outlet.kube.channels.asked
    path, _, query = asked.partition("?")
    assert path == "/api/v1/namespaces/demo/pods/load-1/exec"
    assert parse_qsl(query) == [
        *(("container", "load"), ("stdout", "true"), ("stderr", "true")),
        *(("command", "cat"), ("command", "/a file")),
    ]


async def test_a_connection_that_breaks_before_the_end_says_nothing_of_the_end(
    outlet: Outlet, own: AskedCluster
) -> None:
    outlet.kube.channels.endings["kill",] = Ending(b"half", code=None)
    with pytest.raises(KubeError, match="Pod/load-1: the connection broke before the end") as torn:
        await channel(own).run("kill")
    assert torn.value.reason == BROKEN


async def test_a_refused_exec_is_reported(outlet: Outlet, own: AskedCluster) -> None:
    outlet.kube.channels.is_refused = True
    with pytest.raises(KubeError) as refusal:
        await channel(own).run("true")
    assert refusal.value.status == FORBIDDEN
    assert (
        "403: me may not get or create pods/exec load-1 in namespace demo; `ironclad check"
        in str(refusal.value)
    )


async def test_an_api_server_that_is_away_is_named(outlet: Outlet, own: AskedCluster) -> None:
    outlet.stop()
    with pytest.raises(
        UnreachableError, match=r"the API server of context fake .* does not answer"
    ):
        await channel(own).run("true")


# a process killed by a command of its own


def put_pod(outlet: Outlet, restarts: int = 0) -> None:
    outlet.kube.put(
        {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {"name": "web-1", "namespace": "demo"},
            "spec": {"containers": [{"name": "main"}]},
            "status": {
                "containerStatuses": [
                    {"name": "main", "restartCount": restarts, "state": {"running": {}}}
                ]
            },
        }
    )


PYTHON = ("python", "-c", "import resource as r; r.prlimit(1, r.RLIMIT_CPU, (1, 1))")
PRLIMIT = ("prlimit", "--pid", "1", "--cpu=1:1")


async def test_an_image_without_python_is_killed_by_prlimit(
    outlet: Outlet, own: AskedCluster
) -> None:
    put_pod(outlet, restarts=2)
    outlet.kube.channels.endings[PRLIMIT] = Ending()
    assert await PodFaults(own.api, "demo").kill("web-1") == 2
    assert len(outlet.kube.channels.asked) == 2


async def test_a_command_that_its_own_target_took_down_has_worked(
    outlet: Outlet, own: AskedCluster
) -> None:
    put_pod(outlet)
    outlet.kube.channels.endings[PYTHON] = Ending(code=None)
    killing = asyncio.create_task(PodFaults(own.api, "demo").kill("web-1"))
    async with asyncio.timeout(10):
        while not outlet.kube.channels.asked:
            await asyncio.sleep(0.01)
    put_pod(outlet, restarts=1)
    assert await killing == 0
    assert len(outlet.kube.channels.asked) == 1


async def test_an_image_with_neither_is_refused_with_what_was_tried(
    outlet: Outlet, own: AskedCluster
) -> None:
    put_pod(outlet)
    with pytest.raises(RefusedError, match="Pod/web-1 cannot be killed from inside: prlimit ended"):
        await PodFaults(own.api, "demo").kill("web-1")


# standard input


async def test_lines_reach_the_standard_input_one_by_one(outlet: Outlet, own: AskedCluster) -> None:
    async with channel(own).standard_input() as line:
        await line.write("the order")
        await line.write("")
        await until_received(outlet, 2)
    assert outlet.kube.channels.received == ["the order\n", "\n"]


async def test_a_standard_input_that_is_closed_from_there_is_drained(
    outlet: Outlet, own: AskedCluster
) -> None:
    outlet.kube.channels.hang_up_after = 1
    async with asyncio.timeout(10), channel(own).standard_input() as line:
        await line.write("the order")
        await line.drained()


async def until_received(outlet: Outlet, lines: int) -> None:
    async with asyncio.timeout(10):
        while len(outlet.kube.channels.received) < lines:
            await asyncio.sleep(0.01)


# ports


@asynccontextmanager
async def connected(
    own: AskedCluster, port: int, pods: tuple[str, ...] = ("web-1",)
) -> AsyncIterator[Any]:
    """Give what opens one connection after the other through one tunnel."""

    async def names() -> tuple[str, ...]:
        return pods

    async with PodTunnel(own.api, "demo", port, round_robin(names)).listening() as url:
        local = int(url.rpartition(":")[2])
        yield lambda: asyncio.open_connection("127.0.0.1", local)


async def test_bytes_go_both_ways_and_the_greeting_is_not_among_them(own: AskedCluster) -> None:
    async with connected(own, 3000) as connect:
        reader, writer = await connect()
        writer.write(b"hello")
        assert await reader.readexactly(5) == b"HELLO"
        writer.write(b"x" * 200_000)
        assert await reader.readexactly(200_000) == b"X" * 200_000
        writer.close()


async def test_each_connection_takes_the_next_pod(outlet: Outlet, own: AskedCluster) -> None:
    async with connected(own, 3000, ("web-1", "web-2")) as connect:
        for _ in range(3):
            reader, writer = await connect()
            writer.write(b"a")
            await reader.readexactly(1)
            writer.close()
    pods = [path.split("/")[6] for path in outlet.kube.channels.asked]
    assert pods == ["web-1", "web-2", "web-1"]


async def test_a_port_without_a_listener_closes_the_connection_and_is_reported(
    outlet: Outlet, own: AskedCluster, caplog: pytest.LogCaptureFixture
) -> None:
    outlet.kube.channels.closed_ports.add(9)
    async with connected(own, 9) as connect:
        reader, writer = await connect()
        assert await reader.read() == b""
        writer.close()
    assert "the pod closed the connection: connection refused" in caplog.text


async def test_a_local_port_that_is_taken_is_named(own: AskedCluster) -> None:
    async with connected(own, 3000) as connect:
        _, writer = await connect()
        taken = writer.get_extra_info("peername")[1]
        again = PodTunnel(own.api, "demo", 3000, round_robin(lambda: asyncio.sleep(0, ())))
        with pytest.raises(UnreachableError, match=f"the local port {taken} cannot be used"):
            async with again.listening(taken):
                pass
        writer.close()
