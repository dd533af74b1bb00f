"""The load balancer before small servers: nothing sent twice, no dead replica asked."""

import asyncio
import subprocess
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import httpx
import pytest

from ironclad.adapters.local.backend import caddy_program
from ironclad.adapters.local.caddy import caddy_configuration
from tests.backend.postgres_server import free_port
from tests.fakes.stack.live_stack import becomes_true

Answer = Callable[[str], str | None]
"""From the request's path to a status line; None closes the connection without a word."""


class Upstream:
    """Counts what reaches it, probes apart."""

    def __init__(self, answer: Answer, *, is_ready: bool = True) -> None:
        self.answer, self.is_ready, self.seen = answer, is_ready, 0
        self.port = free_port()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while request := await reader.readuntil(b"\r\n\r\n"):
            path = request.split()[1].decode()
            if path == "/readyz":
                status: str | None = "200 OK" if self.is_ready else "503 Not ready"
            else:
                self.seen += 1
                status = self.answer(path)
            if status is None:
                break
            writer.write(f"HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n".encode())
            await writer.drain()
        writer.close()

    async def _quietly(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await self.serve(reader, writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[None]:
        server = await asyncio.start_server(self._quietly, "127.0.0.1", self.port)
        try:
            yield
        finally:
            server.close()


@asynccontextmanager
async def balanced(
    folder: Path, run: Path, *upstreams: Upstream, down: tuple[Upstream, ...] = ()
) -> AsyncIterator[httpx.AsyncClient]:
    """Caddy before the upstreams; those that are down have a port without a listener."""
    port = free_port()
    configuration = folder / "caddy.json"
    content = caddy_configuration(
        port=port, replicas=[each.port for each in (*upstreams, *down)], run=run, data=folder
    )
    await asyncio.to_thread(configuration.write_bytes, content)
    async with AsyncExitStack() as stack:
        for each in upstreams:
            await stack.enter_async_context(each.listening())
        caddy = await asyncio.create_subprocess_exec(
            *(str(caddy_program()), "run", "--config", str(configuration)),
            stderr=subprocess.DEVNULL,
            env={"HOME": str(folder)},
        )
        client = await stack.enter_async_context(
            httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=10)
        )
        try:
            assert await becomes_true(lambda: answers(client))
            yield client
        finally:
            caddy.terminate()
            await caddy.wait()


async def answers(client: httpx.AsyncClient) -> bool:
    try:
        return (await client.get("/readyz")).status_code < 600
    except httpx.TransportError:
        return False


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """Short enough for a socket."""
    return tmp_path


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_request_that_reached_a_replica_is_never_sent_again(
    tmp_path: Path, run: Path, method: str
) -> None:
    """Else one reset fault would count as twenty; or as two, on a connection used before."""
    upstreams = [Upstream(lambda path: None if path == "/reset" else "200 OK") for _ in range(3)]
    async with balanced(tmp_path, run, *upstreams) as client:
        codes = [
            (await client.request(method, path)).status_code
            for path in ["/fine", "/fine", "/fine", "/reset", "/reset", "/reset"] * 3
        ]
    assert codes == ([200] * 3 + [502] * 3) * 3
    assert [each.seen for each in upstreams] == [6, 6, 6]


async def test_a_replica_that_is_gone_costs_nothing(tmp_path: Path, run: Path) -> None:
    alive, gone = Upstream(lambda _: "200 OK"), Upstream(lambda _: "200 OK")
    async with balanced(tmp_path, run, alive, down=(gone,)) as client:
        codes = [(await client.post("/api/orders")).status_code for _ in range(20)]
    assert codes == [200] * 20
    assert alive.seen == 20


async def test_a_replica_that_is_not_ready_is_spared_and_taken_back(
    tmp_path: Path, run: Path
) -> None:
    first, second = Upstream(lambda _: "200 OK"), Upstream(lambda _: "200 OK", is_ready=False)
    async with balanced(tmp_path, run, first, second) as client:

        async def second_is(*, spared: bool) -> bool:
            before = second.seen
            for _ in range(4):
                await client.get("/api/orders")
            return (second.seen == before) is spared

        assert await becomes_true(lambda: second_is(spared=True), 10)
        second.is_ready = True
        assert await becomes_true(lambda: second_is(spared=False), 10)


async def test_errors_alone_do_not_put_a_replica_out(tmp_path: Path, run: Path) -> None:
    """That would hide a fault from those who measure it."""
    good, bad = Upstream(lambda _: "200 OK"), Upstream(lambda _: "503 Injected")
    async with balanced(tmp_path, run, good, bad) as client:
        codes = [(await client.get("/api/orders")).status_code for _ in range(40)]
    assert sorted(codes) == [200] * 20 + [503] * 20
