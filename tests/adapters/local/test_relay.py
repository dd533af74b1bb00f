"""The relay before the database, over real sockets and as a process of its own."""

import asyncio
import json
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest

from ironclad.adapters.local.postgres.relay_control import RelayControl
from ironclad.errors import LeaseLapsedError, RemoteError, UnreachableError

HOST = "127.0.0.1"


async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(65536):
        writer.write(data)
        await writer.drain()
    writer.close()


@pytest.fixture
async def database() -> AsyncIterator[int]:
    """Echoes what it receives; gives its port."""
    async with await asyncio.start_server(echo, HOST, 0) as server:
        yield server.sockets[0].getsockname()[1]


class Client:
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    async def says(self, words: bytes, within: float = 5.0) -> bytes:
        """Give the echo; nothing when the connection has ended."""
        self.writer.write(words)
        async with asyncio.timeout(within):
            try:
                return await self.reader.readexactly(len(words))
            except (OSError, asyncio.IncompleteReadError):
                return b""


class Relayed:
    """A relay at work, its control and its port."""

    def __init__(self, control: RelayControl, port: int) -> None:
        self.control, self.port = control, port
        self.clients: list[Client] = []

    async def connect(self) -> Client:
        self.clients.append(Client(*await asyncio.open_connection(HOST, self.port)))
        return self.clients[-1]

    async def close(self) -> None:
        for client in self.clients:
            client.writer.close()
            with suppress(OSError):
                await client.writer.wait_closed()


@asynccontextmanager
async def relayed(folder: Path, database: int) -> AsyncIterator[Relayed]:
    free = await asyncio.start_server(echo, HOST, 0)
    port = free.sockets[0].getsockname()[1]
    free.close()
    await free.wait_closed()
    control = RelayControl(folder)
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "ironclad.processes.relay", "--listen", str(port)),
        *("--database", str(database), "--control", str(control.socket)),
    )
    try:
        await answers(control)
        yield (found := Relayed(control, port))
        await found.close()
    finally:
        control.let_go()
        process.terminate()
        assert await asyncio.wait_for(process.wait(), 5) == 0


async def answers(control: RelayControl) -> None:
    deadline = time.monotonic() + 10
    while True:
        try:
            await control.words()
        except UnreachableError:
            assert time.monotonic() < deadline
            await asyncio.sleep(0.02)
        else:
            return


@pytest.fixture
async def relay(tmp_path: Path, database: int) -> AsyncIterator[Relayed]:
    async with relayed(tmp_path, database) as found:
        yield found


async def test_what_is_said_goes_through_whole_and_both_ways(relay: Relayed) -> None:
    client = await relay.connect()
    much = bytes(range(256)) * 20_000

    assert await client.says(b"hello") == b"hello"
    assert await client.says(much) == much


async def test_a_cut_ends_open_connections_and_leaves_new_ones_unanswered(relay: Relayed) -> None:
    before = await relay.connect()
    assert await before.says(b"hello") == b"hello"

    await relay.control.cut("test", 30)

    assert await before.says(b"there?") == b""
    assert await relay.control.is_cut()
    after = await relay.connect()
    with pytest.raises(TimeoutError):
        await after.says(b"there?", within=0.3)

    await relay.control.heal()

    assert await after.reader.readexactly(6) == b"there?"
    assert await relay.control.words() == "open"


async def test_a_cut_without_renewal_heals_by_itself(relay: Relayed) -> None:
    await relay.control.cut("test", 0.3)
    client, began = await relay.connect(), time.monotonic()

    assert await client.says(b"there?") == b"there?"

    assert 0.15 < time.monotonic() - began < 2.0
    with pytest.raises(LeaseLapsedError, match="its lease lapsed"):
        await relay.control.renew("test", 30)


async def test_a_renewed_cut_outlives_its_first_lease(relay: Relayed) -> None:
    await relay.control.cut("test", 0.3)
    await relay.control.renew("test", 30)
    client = await relay.connect()

    with pytest.raises(TimeoutError):
        await client.says(b"there?", within=0.6)


async def test_the_cut_of_another_is_not_renewed(relay: Relayed) -> None:
    await relay.control.cut("test", 30)

    with pytest.raises(LeaseLapsedError):
        await relay.control.renew("another", 30)


async def test_healing_twice_and_without_a_cut_is_fine(relay: Relayed) -> None:
    await relay.control.heal()
    await relay.control.heal()

    assert await (await relay.connect()).says(b"hello") == b"hello"


async def test_a_database_that_is_away_ends_the_connection_at_once(
    tmp_path: Path, database: int
) -> None:
    async with relayed(tmp_path, 1) as relay:
        began = time.monotonic()
        assert await (await relay.connect()).says(b"hello") == b""
        assert time.monotonic() - began < 2.0
    assert database


async def test_what_the_control_does_not_understand_is_refused(relay: Relayed) -> None:
    reader, writer = await asyncio.open_unix_connection(relay.control.socket)
    writer.write(json.dumps({"do": "explode"}).encode() + b"\n")
    assert "not understood" in json.loads(await reader.readline())["problem"]
    writer.close()
    with pytest.raises(RemoteError, match="not understood"):
        await relay.control.cut("test", "soon")  # type: ignore[arg-type]


async def test_a_relay_that_is_gone_is_reported(tmp_path: Path) -> None:
    with pytest.raises(
        UnreachableError, match="`ironclad up --platform local --stack demo` restarts it"
    ):
        await RelayControl(tmp_path).words()


async def test_only_its_owner_reaches_the_control(relay: Relayed) -> None:
    assert relay.control.socket.stat().st_mode & 0o077 == 0


HOLDS_A_CUT = """
import asyncio, sys
from pathlib import Path
from ironclad.adapters.local.postgres.relay_control import RelayControl

async def main():
    control = RelayControl(Path(sys.argv[1]))
    await control.cut("me", 60)
    print("cut", flush=True)
    await asyncio.sleep(60)

asyncio.run(main())
"""


async def test_a_cut_ends_with_the_runner_that_asked_for_it(relay: Relayed) -> None:
    runner = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", HOLDS_A_CUT, str(relay.control.socket.parent)),
        stdout=asyncio.subprocess.PIPE,
    )
    assert runner.stdout is not None
    assert await runner.stdout.readline() == b"cut\n"
    assert await relay.control.words() == "cut"

    runner.kill()
    await runner.wait()

    deadline = time.monotonic() + 5
    while await relay.control.words() == "cut":
        assert time.monotonic() < deadline


async def test_a_runner_that_lets_go_late_does_not_heal_the_next_cut(relay: Relayed) -> None:
    first, second = (RelayControl(relay.control.socket.parent) for _ in range(2))
    await first.cut("me", 60)
    await relay.control.heal()
    await second.cut("me", 60)

    first.let_go()
    client = await relay.connect()
    with pytest.raises(TimeoutError):
        await client.says(b"hello", within=0.3)

    assert await relay.control.words() == "cut"
    await second.heal()
