"""An undo entry survives everything but its removal."""

import asyncio
import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ironclad.adapters.files.undo_ledger import FileLedger
from ironclad.domain.stack.undo import UndoAction, UndoEntry
from ironclad.errors import LeaseLapsedError, StateError

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
ENTRY = UndoEntry(
    id="errors",
    run="20261123T120000Z-error-burst-ab12",
    action=UndoAction.DISARM,
    targets=("backend-0", "backend-1"),
    lease_until=NOON + timedelta(seconds=20),
    deadline=NOON + timedelta(seconds=75),
    who="sre@here",
    why="a game day",
)


@pytest.fixture
def ledger(tmp_path: Path) -> FileLedger:
    return FileLedger(tmp_path / "ledger")


async def test_an_empty_ledger_has_no_entries(ledger: FileLedger) -> None:
    assert await ledger.entries() == ()


async def test_an_entry_is_read_back_as_written_by_anybody(
    ledger: FileLedger, tmp_path: Path
) -> None:
    await ledger.write(ENTRY)
    assert await FileLedger(tmp_path / "ledger").entries() == (ENTRY,)


async def test_entries_come_in_the_order_in_which_they_fall_due(ledger: FileLedger) -> None:
    late = replace(ENTRY, id="a-late-one", lease_until=NOON + timedelta(seconds=30))
    await ledger.write(late)
    await ledger.write(ENTRY)
    assert [entry.id for entry in await ledger.entries()] == ["errors", "a-late-one"]


async def test_a_renewal_moves_the_lease_alone(ledger: FileLedger) -> None:
    await ledger.write(ENTRY)
    until = NOON + timedelta(seconds=40)
    await ledger.renew(ENTRY.id, until)
    assert await ledger.entries() == (replace(ENTRY, lease_until=until),)


async def test_what_was_swept_cannot_be_renewed(ledger: FileLedger) -> None:
    await ledger.write(ENTRY)
    await ledger.remove(ENTRY.id)
    with pytest.raises(LeaseLapsedError, match="errors is gone"):
        await ledger.renew(ENTRY.id, NOON)
    assert await ledger.entries() == ()


async def test_removing_twice_is_as_good_as_once(ledger: FileLedger) -> None:
    await ledger.remove(ENTRY.id)
    await ledger.write(ENTRY)
    await ledger.remove(ENTRY.id)
    await ledger.remove(ENTRY.id)
    assert await ledger.entries() == ()


async def test_an_id_may_hold_what_a_path_may_not(ledger: FileLedger, tmp_path: Path) -> None:
    odd = replace(ENTRY, id="../../etc/run 1/errors")
    await ledger.write(odd)
    assert await ledger.entries() == (odd,)
    assert os.listdir(tmp_path) == ["ledger"]  # noqa: PTH208
    await ledger.remove(odd.id)
    assert await ledger.entries() == ()


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b'{"id": "errors"}', b"\xff"],
    ids=["empty", "cut", "list", "part", "bytes"],
)
async def test_a_damaged_entry_is_named_and_the_others_still_read(
    ledger: FileLedger, tmp_path: Path, content: bytes
) -> None:
    await ledger.write(ENTRY)
    broken = tmp_path / "ledger/broken.json"
    broken.write_bytes(content)
    assert await ledger.entries() == (ENTRY,)
    (problem,) = await ledger.damaged()
    assert f"{broken} cannot be read" in problem


async def test_a_renewal_never_brings_back_what_was_removed_meanwhile(ledger: FileLedger) -> None:
    """Many times, since it would be a race."""
    for _ in range(50):
        await ledger.write(ENTRY)
        await asyncio.gather(
            ledger.renew(ENTRY.id, NOON), ledger.remove(ENTRY.id), return_exceptions=True
        )
        assert await ledger.entries() == ()


async def test_a_ledger_that_cannot_be_written_is_reported(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StateError, match="part of that path is a file"):
        await FileLedger(tmp_path / "file/ledger").write(ENTRY)


async def test_what_a_kill_left_half_written_is_not_an_entry(
    ledger: FileLedger, tmp_path: Path
) -> None:
    await ledger.write(ENTRY)
    (tmp_path / "ledger/.errors.json.1.new").write_bytes(b"{")
    assert await ledger.entries() == (ENTRY,)
    assert await ledger.damaged() == ()
