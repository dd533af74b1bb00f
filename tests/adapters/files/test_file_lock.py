"""One holder at a time, also across processes; a lost lease is learnt by its holder."""

import asyncio
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pydantic import TypeAdapter

from ironclad.adapters.files import lock as file_lock
from ironclad.adapters.files.atomic import guarded
from ironclad.adapters.files.lock import FileLock
from ironclad.errors import BusyError, LeaseLapsedError, StateError
from ironclad.late import late
from tests.fakes.game_day.lock_contest import contest


@pytest.fixture
def lock(tmp_path: Path) -> FileLock:
    return FileLock(tmp_path / "stack/lock")


@pytest.fixture
def brief_lock(tmp_path: Path) -> FileLock:
    """A lease that is over before a test gets bored."""
    return FileLock(
        tmp_path / "stack/lock",
        lease=timedelta(milliseconds=200),
        renew_every=timedelta(milliseconds=20),
    )


async def test_a_held_lock_names_its_holder(lock: FileLock) -> None:
    async with lock.held("run-1", "game-day", "sre@here"):
        holder = await lock.holder()
        assert holder is not None
        assert (holder.run, holder.purpose, holder.who) == ("run-1", "game-day", "sre@here")
    assert await lock.holder() is None


async def test_a_second_taker_learns_who_has_it_and_what_to_do(lock: FileLock) -> None:
    async with lock.held("run-1", "game-day", "sre@here"):
        with pytest.raises(BusyError, match=r"game-day run-1 of sre@here since .* UTC.*abort"):
            async with lock.held("run-2", "deploy-stack", "other@there"):
                pass
        assert await lock.holder() is not None


@pytest.mark.parametrize("error", [ValueError("boom"), asyncio.CancelledError()], ids=repr)
async def test_it_is_released_on_every_way_out(lock: FileLock, error: BaseException) -> None:
    with pytest.raises(type(error)):
        async with lock.held("run-1", "game-day", "sre"):
            raise error
    assert await lock.holder() is None


async def test_a_cancelled_holder_releases_it(lock: FileLock) -> None:
    holding = asyncio.Event()

    async def hold() -> None:
        async with lock.held("run-1", "game-day", "sre"):
            holding.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(hold())
    await holding.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await lock.holder() is None


async def test_a_taker_cancelled_while_taking_leaves_it_free(lock: FileLock) -> None:
    async def hold() -> None:
        async with lock.held("run-1", "game-day", "sre"):
            await asyncio.Event().wait()

    task = asyncio.create_task(hold())
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await lock.holder() is None


async def test_nothing_is_left_of_it_once_released(lock: FileLock, tmp_path: Path) -> None:
    async with lock.held("run-1", "deploy-stack", "sre"):
        pass
    assert os.listdir(tmp_path) == []  # noqa: PTH208


async def test_it_is_renewed_while_held(brief_lock: FileLock) -> None:
    async with brief_lock.held("run-1", "game-day", "sre"):
        first = await brief_lock.holder()
        assert first is not None
        async with asyncio.timeout(5):
            while (now := await brief_lock.holder()) and now.lease_until <= first.lease_until:
                await asyncio.sleep(0.01)
        assert now is not None


async def test_a_lapsed_lease_may_be_taken(tmp_path: Path) -> None:
    later = datetime.now(UTC) + timedelta(seconds=21)
    crashed, next_one = FileLock(tmp_path / "lock"), FileLock(tmp_path / "lock", now=lambda: later)
    async with crashed.held("run-1", "game-day", "sre"):
        assert await next_one.holder() is None
        async with next_one.held("run-2", "game-day", "sre"):
            assert (await next_one.holder() or pytest.fail("not held")).run == "run-2"


async def test_a_holder_that_loses_the_lease_is_stopped_with_the_reason(
    brief_lock: FileLock, tmp_path: Path
) -> None:
    lease = tmp_path / "stack/lock/lease.json"

    async def lose() -> None:
        async with brief_lock.held("run-1", "game-day", "sre"):
            content = json.loads(lease.read_bytes())
            lease.write_text(json.dumps(content | {"token": "another"}))
            await asyncio.Event().wait()

    with pytest.raises(LeaseLapsedError, match=r"lost .*: game-day run-1 of sre holds it"):
        await lose()
    current = asyncio.current_task()
    assert current is not None
    assert current.cancelling() == 0
    assert (await brief_lock.holder() or pytest.fail("taken away")).run == "run-1"


async def test_a_lease_that_cannot_be_written_any_more_is_lost(
    brief_lock: FileLock, tmp_path: Path
) -> None:
    lease = tmp_path / "stack/lock/lease.json"

    async def lose() -> None:
        async with brief_lock.held("run-1", "game-day", "sre"):
            lease.write_text("{")
            await asyncio.Event().wait()

    with pytest.raises(LeaseLapsedError, match="damaged"):
        await lose()


async def test_an_abort_reaches_the_holder_and_outlives_a_renewal(brief_lock: FileLock) -> None:
    async with brief_lock.held("run-1", "game-day", "sre"):
        asked = await brief_lock.request_abort("boss")
        assert asked is not None
        async with asyncio.timeout(5):
            while (now := await brief_lock.holder()) and now.lease_until <= asked.lease_until:
                await asyncio.sleep(0.01)
        assert now is not None
        assert now.abort_requested == "boss"


async def test_an_abort_of_a_free_lock_is_refused(lock: FileLock) -> None:
    assert await lock.request_abort("boss") is None


async def test_a_damaged_lock_is_reported_with_its_path(lock: FileLock, tmp_path: Path) -> None:
    folder = tmp_path / "stack/lock"
    folder.mkdir(parents=True)
    (folder / "lease.json").write_text("not json")
    with pytest.raises(StateError, match=r"lease\.json is damaged"):
        await lock.holder()
    with pytest.raises(StateError, match="damaged"):
        async with lock.held("run-1", "game-day", "sre"):
            pass


async def test_a_lock_that_cannot_be_kept_there_is_reported(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StateError, match="part of that path is a file"):
        async with FileLock(tmp_path / "file/lock").held("run-1", "game-day", "sre"):
            pass


def test_of_fifty_processes_exactly_one_holds_it(tmp_path: Path) -> None:
    answers = contest(tmp_path / "lock", 50)
    assert len(answers) == 50
    assert answers.count("held") == 1
    assert not (tmp_path / "lock").exists()


async def test_nothing_slow_is_imported_while_others_wait_for_the_guard(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Fifty cold processes once kept the guard for longer than the 10 s that each waits for it."""
    order: list[str] = []

    def reader() -> TypeAdapter[file_lock._Lease]:
        order.append("reader")
        return TypeAdapter(file_lock._Lease)  # noqa: SLF001

    @contextmanager
    def watched(guard: Path) -> Iterator[None]:
        order.append("guard")
        with guarded(guard):
            yield

    monkeypatch.setattr(file_lock, "_LEASE", late(reader))
    monkeypatch.setattr(file_lock, "guarded", watched)
    async with FileLock(tmp_path / "lock").held("run-1", "game day", "sre"):
        assert order[:2] == ["reader", "guard"]
