"""Platform changes of the real stack: confirmed, undone by each way, as before."""

import asyncio
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

import pytest

from ironclad.adapters.http.chaos import ChaosHttp
from ironclad.adapters.http.transport import TokenFile
from ironclad.adapters.local.changes import LocalChanges, LocalReplicaFaults
from ironclad.domain.experiment.targets import DATABASE
from ironclad.domain.faults.catalogue import FaultKind
from ironclad.domain.stack.stack import Replica
from ironclad.domain.stack.undo import ATTACHED_LEASE, Change
from ironclad.undo.sweeping import what_is_missing
from tests.fakes.stack.live_stack import LiveStack, becomes_true

pytestmark = pytest.mark.stack

LASTS = timedelta(seconds=60)


@dataclass(frozen=True)
class Changed:
    """The real stack, what changes it, and the words for its state before."""

    stack: LiveStack
    changes: LocalChanges
    before: Mapping[str, str]

    def anybody_else(self) -> LocalChanges:
        """As the janitor has it: nothing of what the runner remembered."""
        return changes_of(self.stack)

    async def is_as_before(self) -> bool:
        return await self.changes.snapshot() == self.before

    async def is_whole(self) -> bool:
        return not await what_is_missing(self.stack.platform, self._chaos, 3)

    async def none_is_ready(self) -> bool:
        replicas = await self.stack.platform.replicas()
        return not any([await self._chaos.is_ready(replica) for replica in replicas])

    @property
    def _chaos(self) -> ChaosHttp:
        return ChaosHttp(TokenFile(self.stack.platform.folder.chaos_token))


def changes_of(stack: LiveStack) -> LocalChanges:
    platform = stack.platform
    return LocalChanges(platform.supervisor, platform.folder.path, platform.run_folder)


@pytest.fixture
async def changed(live_stack: LiveStack) -> Changed:
    changes = changes_of(live_stack)
    return Changed(live_stack, changes, await changes.snapshot())


@pytest.mark.parametrize(
    "kind", [FaultKind.REPLICA_PAUSE, FaultKind.POSTGRES_DOWN, FaultKind.DATABASE_PARTITION]
)
async def test_a_change_works_and_anybody_takes_it_back(changed: Changed, kind: FaultKind) -> None:
    replicas = await changed.stack.platform.replicas()
    targets: list[Replica] = [DATABASE] if kind.spec.is_on_database else [replicas[1]]
    assert await changed.changes.refusal(kind, targets) == ""
    change = await changed.changes.before(kind, targets)
    await changed.changes.make(change, LASTS)

    assert await becomes_true(lambda: changed.changes.is_made(change), seconds=10)
    assert not await changed.is_as_before()
    await changed.changes.renew(change)
    if kind.spec.is_on_database:
        assert await becomes_true(changed.none_is_ready, seconds=5)

    assert await becomes_true(lambda: taken_back(changed, change), seconds=5)
    assert await changed.changes.restore(change) == "", "the runner takes it back as well"
    assert await becomes_true(changed.is_as_before, seconds=5)
    assert await becomes_true(changed.is_whole, seconds=15)


async def taken_back(changed: Changed, change: Change) -> bool:
    return not await changed.anybody_else().restore(change)


STOPS_THE_DATABASE = """
import asyncio, sys
from datetime import timedelta
from pathlib import Path
from ironclad.adapters.local.changes import PostgresDown
from ironclad.adapters.programs.supervision import Supervisor
from ironclad.domain.faults.catalogue import FaultKind
from ironclad.domain.stack.undo import Change

async def main():
    folder, run = map(Path, sys.argv[1:])
    down = PostgresDown(Supervisor(folder, run), folder)
    change = Change(kind=FaultKind.POSTGRES_DOWN, targets=("postgres",), before={"postgres": "up"})
    await down.make(change, timedelta(seconds=60))
    print("made", flush=True)
    await asyncio.sleep(60)

asyncio.run(main())
"""


async def test_a_database_that_a_killed_runner_stopped_is_back_without_the_janitor(
    changed: Changed,
) -> None:
    """No entry is in the ledger, so the janitor knows nothing of it: one net of two is enough."""
    platform = changed.stack.platform
    runner = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", STOPS_THE_DATABASE, platform.folder.path, platform.run_folder),
        stdout=asyncio.subprocess.PIPE,
    )
    assert runner.stdout is not None
    assert await runner.stdout.readline() == b"made\n"
    assert await becomes_true(changed.none_is_ready, seconds=15)

    runner.kill()
    await runner.wait()

    assert await becomes_true(changed.is_as_before, seconds=10)
    assert await becomes_true(changed.is_whole, seconds=15)


async def test_a_cut_without_renewal_is_over_after_its_lease(changed: Changed) -> None:
    change = await changed.changes.before(FaultKind.DATABASE_PARTITION, [DATABASE])
    began = time.monotonic()
    await changed.changes.make(change, LASTS)

    assert await becomes_true(changed.is_as_before, seconds=12)

    lease = ATTACHED_LEASE.total_seconds()
    assert lease - 0.5 < time.monotonic() - began < lease + 2
    assert await becomes_true(changed.is_whole, seconds=15)
    assert await changed.changes.restore(change) == ""


async def test_a_killed_database_leaves_no_process_behind_and_is_back(changed: Changed) -> None:
    faults = LocalReplicaFaults(changed.stack.platform.supervisor)
    before = await faults.life(DATABASE)

    async def is_another() -> bool:
        return await faults.life(DATABASE) not in {before, ""}

    await faults.terminate(DATABASE, FaultKind.POSTGRES_KILL)

    assert await becomes_true(is_another, seconds=10)
    assert await becomes_true(changed.is_whole, seconds=15)
    assert await becomes_true(changed.is_as_before, seconds=5)


async def test_an_eviction_is_refused_on_a_machine(changed: Changed) -> None:
    said = await changed.changes.refusal(FaultKind.EVICT, [DATABASE])

    assert "no disruption budget on this machine" in said
