"""A runner is killed together with one of the nets below it: the other net holds.

Each kind of change has two nets that do not need each other, as the table in
`docs/concepts/leases-and-undo.md` says. Each net in turn is ended here.
"""

import asyncio
import contextlib
import os
import signal
import socket
import subprocess
from collections.abc import AsyncIterator
from dataclasses import dataclass

import psutil
import pytest

from ironclad.adapters.files.lock import FileLock
from ironclad.adapters.files.undo_ledger import FileLedger
from ironclad.adapters.http.chaos import ChaosHttp
from ironclad.adapters.http.transport import TokenFile
from ironclad.adapters.local.changes import LocalChanges
from ironclad.domain.faults.catalogue import FaultKind
from ironclad.errors import UnreachableError
from ironclad.undo.sweeping import what_is_missing
from tests.fakes.stack.changing import runner_of
from tests.fakes.stack.live_stack import LiveStack, becomes_true

pytestmark = [pytest.mark.stack, pytest.mark.timeout(180)]

SOON_SECONDS = 10.0
"""Half of the lease of lock and ledger: who waits for that one is too late."""


@dataclass
class Nets:
    """The real stack, and how each net is ended."""

    stack: LiveStack
    before: dict[str, str]
    taken: contextlib.ExitStack

    async def end(self, net: str, runner: "subprocess.Popen[str]") -> None:
        match net:
            case "janitor":
                await self._take_the_port_of_the_janitor()
            case "relay":
                await self._kill("relay")
            case "holder":
                (holder,) = psutil.Process(runner.pid).children()
                os.kill(holder.pid, signal.SIGKILL)

    async def _take_the_port_of_the_janitor(self) -> None:
        port = self.stack.platform.port("janitor")
        await self._kill("janitor")
        while True:
            try:
                self.taken.enter_context(socket.create_server(("127.0.0.1", port)))
            except OSError:
                await asyncio.sleep(0.005)
            else:
                return

    async def _kill(self, program: str) -> None:
        pid = await self.stack.platform.supervisor.pid_of(program)
        assert pid
        os.kill(pid, signal.SIGKILL)

    @property
    def changes(self) -> LocalChanges:
        platform = self.stack.platform
        return LocalChanges(platform.supervisor, platform.folder.path, platform.run_folder)

    async def is_as_before(self) -> bool:
        """A part that is on its way back does not answer."""
        with contextlib.suppress(UnreachableError):
            return dict(await self.changes.snapshot()) == self.before
        return False

    async def is_released(self) -> bool:
        folder = self.stack.platform.folder
        held = await FileLock(folder.lock).holder()
        return held is None and not await FileLedger(folder.ledger).entries()

    async def is_whole(self) -> bool:
        chaos = ChaosHttp(TokenFile(self.stack.platform.folder.chaos_token))
        return not await what_is_missing(self.stack.platform, chaos, 3)


@pytest.fixture
async def nets(live_stack: LiveStack) -> AsyncIterator[Nets]:
    with contextlib.ExitStack() as taken:
        found = Nets(live_stack, {}, taken)
        found.before = dict(await found.changes.snapshot())
        assert set(found.before.values()) == {"up", "open"}
        yield found
    assert await becomes_true(found.is_whole, seconds=30)


@pytest.mark.parametrize(
    ("kind", "net"),
    [
        (FaultKind.REPLICA_PAUSE, "janitor"),
        (FaultKind.REPLICA_PAUSE, "holder"),
        (FaultKind.POSTGRES_DOWN, "janitor"),
        (FaultKind.POSTGRES_DOWN, "holder"),
        (FaultKind.DATABASE_PARTITION, "janitor"),
        (FaultKind.DATABASE_PARTITION, "relay"),
    ],
)
async def test_a_killed_runner_and_one_net_leave_the_platform_as_before(
    nets: Nets, kind: FaultKind, net: str
) -> None:
    with runner_of(nets.stack, kind) as runner:
        assert not await nets.is_as_before()

        await nets.end(net, runner)
        runner.kill()

        assert await becomes_true(nets.is_as_before, seconds=SOON_SECONDS)
        assert await becomes_true(nets.is_released, seconds=SOON_SECONDS)


async def test_what_a_killed_supervisor_takes_along_is_whole_after_the_next_up(nets: Nets) -> None:
    """Everything of the stack ends with it. Its next start starts all, the stopped one as well."""
    folder = nets.stack.platform.folder.path
    with runner_of(nets.stack, FaultKind.POSTGRES_DOWN) as runner:
        os.kill(int((folder / "supervisord.pid").read_text()), signal.SIGKILL)
        runner.kill()

    await nets.stack.up()

    assert await becomes_true(nets.is_as_before, seconds=SOON_SECONDS)
    assert await becomes_true(nets.is_released, seconds=SOON_SECONDS)
