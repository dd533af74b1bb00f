"""The janitor: what it takes back, what it records, what it says of itself."""

import asyncio
import contextlib
import json
import socket
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from ironclad.adapters.files.undo_ledger import FileLedger
from ironclad.domain.evidence.journal import Mark
from ironclad.domain.experiment.experiment import Fault, Target
from ironclad.domain.faults.catalogue import FaultKind
from ironclad.domain.stack.undo import FAULT_LEASE, UndoAction, UndoEntry
from ironclad.errors import StateError
from ironclad.janitor.__main__ import serve
from ironclad.janitor.app import Gate, create_app
from ironclad.janitor.deliveries import DeliveryRecord
from ironclad.undo.left_orders import LeftOrders
from ironclad.undo.rounds import Janitor
from ironclad.undo.sweeping import Sweeper
from tests.fakes.game_day.world import World

TOKEN = "a-janitor-token-for-tests"
FIRING = {
    "version": "4",
    "status": "firing",
    "alerts": [
        {
            "status": "firing",
            "labels": {"alertname": "BackendDown", "severity": "critical"},
            "annotations": {"summary": "a replica is down"},
            "startsAt": "2026-01-05T09:59:58.123456789+00:00",
            "endsAt": "0001-01-01T00:00:00Z",
            "fingerprint": "abc",
        }
    ],
}


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def janitor(world: World) -> Janitor:
    return Janitor(
        sweeper=world.sweeper,
        lock=world.lock,
        halt=world.halt,
        runs=world.runs,
        left=LeftOrders(world.orders, world.lock),
        clock=world.clock,
    )


@pytest.fixture
async def client(janitor: Janitor, tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    token = tmp_path / "janitor-token"
    token.write_text(f"{TOKEN}\n")
    app = create_app(janitor, DeliveryRecord(tmp_path / "deliveries.jsonl"), Gate(token))
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(
        transport=transport, base_url="http://janitor", headers=bearer(TOKEN)
    ) as client:
        yield client


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


async def arm(world: World, *, lease_seconds: float) -> None:
    """Arm a fault as a runner does that is about to die."""
    now = world.clock.now()
    entry = UndoEntry(
        id="run-errors",
        run="run",
        action=UndoAction.DISARM,
        targets=("backend-0",),
        lease_until=now + timedelta(seconds=lease_seconds),
        deadline=now + timedelta(minutes=5),
        who="me",
        why="a test",
    )
    await world.ledger.write(entry)
    fault = Fault(
        id="errors",
        kind=FaultKind.ERROR,
        at=timedelta(),
        duration=timedelta(seconds=20),
        target=Target(replicas=1),
        status=503,
    )
    replica = world.replicas["backend-0"].replica
    await world.faults.arm(replica, fault, run="run", lease=10 * FAULT_LEASE)


async def test_a_janitor_sweeps_although_its_port_is_taken(
    janitor: Janitor, world: World, tmp_path: Path
) -> None:
    """Seen: a service stayed down for as long as another process kept the port."""
    await arm(world, lease_seconds=-1)
    app = create_app(
        janitor, DeliveryRecord(tmp_path / "deliveries.jsonl"), Gate(tmp_path / "token")
    )
    with socket.create_server(("127.0.0.1", 0)) as taken:
        serving = asyncio.create_task(serve(janitor, app, *taken.getsockname()))
        while world.ledger.kept:
            await asyncio.sleep(0)
        assert not serving.done()
    assert world.armed == {}
    serving.cancel()
    with pytest.raises(asyncio.CancelledError):
        await serving


async def test_a_janitor_answers_as_soon_as_its_port_is_free(
    janitor: Janitor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ironclad.janitor.__main__.LISTENS_EVERY_SECONDS", 0.01)
    app = create_app(
        janitor, DeliveryRecord(tmp_path / "deliveries.jsonl"), Gate(tmp_path / "token")
    )
    taken = socket.create_server(("127.0.0.1", 0))
    host, port = taken.getsockname()
    serving = asyncio.create_task(serve(janitor, app, host, port))
    while janitor.last_sweep is None:
        await asyncio.sleep(0)
    taken.close()
    async with httpx.AsyncClient(base_url=f"http://{host}:{port}") as client:
        first = janitor.last_sweep.timestamp()
        assert (await answered(client)).json()["last_sweep"] >= first
    serving.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await serving


async def answered(client: httpx.AsyncClient) -> httpx.Response:
    while True:
        try:
            return await client.get("/healthz")
        except httpx.ConnectError:
            await asyncio.sleep(0.01)


async def test_a_lapsed_entry_is_taken_back_and_removed(janitor: Janitor, world: World) -> None:
    await arm(world, lease_seconds=20)
    await world.clock.sleep(21)

    await janitor.round()

    assert world.armed == {}
    assert world.ledger.kept == {}


async def test_an_entry_that_is_renewed_is_left_alone(janitor: Janitor, world: World) -> None:
    await arm(world, lease_seconds=20)

    await janitor.round()

    assert world.armed == {"backend-0": ["errors"]}


async def test_an_entry_past_its_deadline_is_taken_back_though_it_is_renewed(
    janitor: Janitor, world: World
) -> None:
    await arm(world, lease_seconds=3600)
    await world.clock.sleep(301)

    await janitor.round()

    assert world.ledger.kept == {}


async def test_the_entry_of_a_silent_replica_stays_until_it_answers(
    janitor: Janitor, world: World
) -> None:
    await arm(world, lease_seconds=1)
    await world.clock.sleep(2)
    world.replicas["backend-0"].is_silent = True

    await janitor.round()
    assert "run-errors" in world.ledger.kept
    assert "ironclad_undo_entries_failing 1.0" in janitor.metrics.page().decode()

    world.replicas["backend-0"].is_silent = False
    await janitor.round()
    assert world.ledger.kept == {}


async def test_an_entry_that_cannot_be_read_is_reported_and_does_not_hide_the_rest(
    janitor: Janitor, world: World
) -> None:
    await arm(world, lease_seconds=1)
    await world.clock.sleep(2)
    world.ledger.unreadable = ("the undo entry x cannot be read",)

    await janitor.round()

    assert world.ledger.kept == {}
    assert "ironclad_undo_entries_failing 1.0" in janitor.metrics.page().decode()


async def test_two_janitors_at_once_do_no_harm(janitor: Janitor, world: World) -> None:
    await arm(world, lease_seconds=1)
    await world.clock.sleep(2)

    await janitor.round()
    await janitor.round()

    assert world.armed == {}


async def test_the_report_of_a_dead_run_is_written(janitor: Janitor, world: World) -> None:
    world.runs.open_runs = ("dead",)

    await janitor.round()

    assert world.runs.finalized == ["dead"]


async def test_no_report_is_written_before_the_dead_run_s_fault_is_off(
    janitor: Janitor, world: World
) -> None:
    await arm(world, lease_seconds=20)
    world.runs.open_runs = ("run",)

    await janitor.round()
    assert world.runs.finalized == []

    await world.clock.sleep(21)
    await janitor.round()
    assert world.runs.finalized == ["run"]
    assert world.ledger.kept == {}


async def test_what_cannot_be_undone_withholds_no_report(janitor: Janitor, world: World) -> None:
    await arm(world, lease_seconds=1)
    await world.clock.sleep(2)
    world.replicas["backend-0"].is_silent = True
    world.runs.open_runs = ("run",)

    await janitor.round()

    assert world.runs.finalized == ["run"]


async def test_a_run_that_holds_the_stack_is_not_finalized(janitor: Janitor, world: World) -> None:
    world.runs.open_runs = ("alive",)

    async with world.lock.held("alive", "game day", "me"):
        await janitor.round()

    assert world.runs.finalized == []


async def test_a_round_that_fails_does_not_end_the_janitor(
    janitor: Janitor, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    rounds = 0

    async def damaged() -> tuple[UndoEntry, ...]:
        nonlocal rounds
        rounds += 1
        if rounds == 3:
            raise KeyboardInterrupt
        raise StateError("the ledger cannot be read")

    monkeypatch.setattr(world.ledger, "entries", damaged)

    with pytest.raises(KeyboardInterrupt):
        await janitor.forever()
    assert rounds == 3


async def test_what_is_on_its_way_back_is_looked_at_again_soon_but_not_for_ever(
    janitor: Janitor, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await arm(world, lease_seconds=-1)
    world.replicas["backend-0"].is_silent = True
    pauses: list[float] = []

    async def pause(seconds: float) -> None:
        pauses.append(seconds)
        await world.clock.sleep(seconds)
        if len(pauses) == 40:
            world.replicas["backend-0"].is_silent = False
        if len(pauses) == 42:
            raise KeyboardInterrupt

    monkeypatch.setattr(world.lock, "until_holder_ends", pause)
    with pytest.raises(KeyboardInterrupt):
        await janitor.forever()

    assert world.ledger.kept == {}
    assert pauses[:30] == [0.5] * 30, "for 15 s"
    assert pauses[30:] == [3.0] * 12


async def test_a_delivery_is_given_back_with_the_time_of_its_arrival(
    client: httpx.AsyncClient, world: World
) -> None:
    posted = await client.post("/deliveries", json=FIRING)
    since = world.clock.now().timestamp() - 1
    given = (await client.get("/deliveries", params={"since": since})).json()

    assert posted.status_code == 204
    assert [(d["name"], d["status"], d["ends_at"]) for d in given] == [
        ("BackendDown", "firing", None)
    ]
    assert datetime.fromisoformat(given[0]["received_at"]) == world.clock.now()


async def test_deliveries_from_before_are_not_given(
    client: httpx.AsyncClient, world: World
) -> None:
    await client.post("/deliveries", json=FIRING)
    since = world.clock.now().timestamp() + 1

    assert (await client.get("/deliveries", params={"since": since})).json() == []


@pytest.mark.parametrize(
    "authorization",
    ["", "Bearer", "Bearer ", "Bearer wrong", f"Basic {TOKEN}", TOKEN, f"Bearer {TOKEN}x"],
)
async def test_a_forged_delivery_is_refused_and_counted(
    client: httpx.AsyncClient, janitor: Janitor, authorization: str
) -> None:
    """Any process of the machine could post one, and a page that never came looked on time."""
    posted = await client.post("/deliveries", json=FIRING, headers={"Authorization": authorization})

    assert posted.status_code == 401
    assert (await client.get("/deliveries")).json() == []
    assert "ironclad_alert_deliveries_refused_total 1.0" in await page_of(janitor)


async def test_without_its_token_the_janitor_takes_no_delivery_and_sweeps(
    client: httpx.AsyncClient, janitor: Janitor, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A stack of before has none until it is brought up again."""
    (tmp_path / "janitor-token").unlink()

    assert (await client.post("/deliveries", json=FIRING, headers=bearer(""))).status_code == 401
    await janitor.round()
    assert (await client.get("/healthz")).status_code == 200
    assert "no delivery is taken" in caplog.text


async def test_a_new_token_needs_no_restart(client: httpx.AsyncClient, tmp_path: Path) -> None:
    (tmp_path / "janitor-token").write_text("another")

    assert (await client.post("/deliveries", json=FIRING)).status_code == 401
    posted = await client.post("/deliveries", json=FIRING, headers=bearer("another"))
    assert posted.status_code == 204


@pytest.mark.parametrize("body", ["", "[]", "{}", '{"alerts": [{}]}', "\x00"])
async def test_what_is_no_webhook_is_refused(client: httpx.AsyncClient, body: str) -> None:
    assert (await client.post("/deliveries", content=body)).status_code == 422


@pytest.mark.parametrize("since", ["yesterday", "nan", "1e300", "-inf"])
async def test_a_moment_that_is_none_is_refused(client: httpx.AsyncClient, since: str) -> None:
    answer = await client.get("/deliveries", params={"since": since})
    assert answer.status_code == 422


async def test_health_tells_of_the_last_sweep(
    client: httpx.AsyncClient, janitor: Janitor, world: World
) -> None:
    before = await client.get("/healthz")
    await janitor.round()
    after = await client.get("/healthz")

    assert (before.status_code, before.json()) == (503, {"last_sweep": None})
    assert (after.status_code, after.json()["last_sweep"]) == (200, world.clock.now().timestamp())


def test_a_restarted_record_knows_what_was_delivered(tmp_path: Path) -> None:
    """A last line that a power cut tore is passed over."""
    path = tmp_path / "deliveries.jsonl"
    line = {
        "name": "BackendDown",
        "status": "firing",
        "received_at": "2026-01-05T10:00:00Z",
        "starts_at": "2026-01-05T10:00:00Z",
        "ends_at": None,
        "fingerprint": "abc",
    }
    path.write_text(json.dumps(line) + "\n" + json.dumps(line)[:40])

    known = DeliveryRecord(path).since(datetime(2026, 1, 1, tzinfo=UTC))

    assert [delivery.name for delivery in known] == ["BackendDown"]


async def page_of(janitor: Janitor) -> str:
    await janitor.round()
    return janitor.metrics.page().decode()


async def test_the_phase_of_a_game_day_is_exported_while_it_lasts(
    janitor: Janitor, world: World
) -> None:
    def sample(phase: str) -> str:
        return f'{{experiment="error-burst",phase="{phase}",run="a-run"}} 1.0'

    async with world.lock.held("a-run", "game day error-burst", "me"):
        assert sample("around") in await page_of(janitor)
        world.runs.marks.append(Mark(world.clock.now(), "fault began", "ironclad"))
        page = await page_of(janitor)
        assert sample("fault") in page
        assert page.count("ironclad_game_day_phase{") == 1
        world.runs.marks.append(Mark(world.clock.now(), "fault ended", "ironclad"))
        assert sample("around") in await page_of(janitor)
    assert "ironclad_game_day_phase{" not in await page_of(janitor)


async def test_a_deploy_is_no_phase_of_a_game_day(janitor: Janitor, world: World) -> None:
    async with world.lock.held("a-run", "deploy-stack", "me"):
        assert "ironclad_game_day_phase{" not in await page_of(janitor)


async def test_two_sweeps_over_one_ledger_at_the_same_moment_do_no_harm(
    world: World, tmp_path: Path
) -> None:
    """Two processes, each with its own view of the same files."""
    now = world.clock.now()
    entries = [
        UndoEntry(
            id=f"run-{number}",
            run="run",
            action=UndoAction.DISARM,
            targets=("backend-0",),
            lease_until=now,
            deadline=now,
            who="me",
            why="a test",
        )
        for number in range(10)
    ]
    for entry in entries:
        await FileLedger(tmp_path).write(entry)
    (tmp_path / "torn.json").write_text("{")

    def sweeper() -> Sweeper:
        return Sweeper(
            platform=world.platform,
            ledger=FileLedger(tmp_path),
            faults=world.faults,
            changes=world.tools.changes,
            clock=world.clock,
        )

    swept = await asyncio.gather(*(sweeper().sweep() for _ in range(3)))

    assert await FileLedger(tmp_path).entries() == ()
    assert {problem for each in swept for problem in each.failed} == set(
        await FileLedger(tmp_path).damaged()
    )
