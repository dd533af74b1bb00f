"""A whole stack on this machine: it comes up, stays up, is mended, and goes without a trace."""

import asyncio
import os
import signal
import socket
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import httpx
import psutil
import pytest

from ironclad.adapters.local.postgres.account import ACCOUNT
from ironclad.adapters.local.record import read_record
from ironclad.adapters.programs.processes import is_free, ours
from ironclad.domain.stack.readiness import Condition
from ironclad.domain.stack.stack import STAGES, Endpoints, Stage
from ironclad.errors import BadInputError, StageFailedError, StateError
from tests.fakes.stack.live_stack import LiveStack, StackSpec, becomes_true, is_root, stack_in

pytestmark = [pytest.mark.stack, pytest.mark.timeout(180)]

UP_TO_BACKEND = STAGES[:4]


@pytest.fixture
async def mended(live_stack: LiveStack) -> AsyncIterator[LiveStack]:
    """For those that damage it: the next test finds it whole."""
    yield live_stack
    await live_stack.up()


def supervisor_of(stack: LiveStack) -> int:
    return int((stack.platform.folder.path / "supervisord.pid").read_text())


async def pid_of(stack: LiveStack, name: str) -> int | None:
    return await stack.platform.supervisor.pid_of(name)


def proc(pid: int | None, name: str) -> bytes:
    return Path(f"/proc/{pid}/{name}").read_bytes()


async def comes_back(stack: LiveStack, name: str, killed: int) -> bool:
    async def is_another() -> bool:
        return await pid_of(stack, name) not in (None, killed)

    return await becomes_true(is_another)


async def place_order(client: httpx.AsyncClient, key: str) -> int:
    order = {"item": "a part", "quantity": 1, "price_cents": 100}
    response = await client.post("/api/orders", json=order, headers={"Idempotency-Key": key})
    assert response.status_code == 201, response.text
    return int(response.json()["id"])


async def test_every_stage_is_ready_and_says_so_in_numbers(live_stack: LiveStack) -> None:
    answers = [await live_stack.platform.readiness(stage) for stage in STAGES]
    assert [answer.condition for answer in answers] == [Condition.READY] * len(STAGES)
    assert "3 of 3 replicas ready" in answers[3].message
    assert "has scraped 3 of 3 replicas" in answers[4].message


async def test_the_balancer_reaches_every_replica(live_stack: LiveStack) -> None:
    service = (await live_stack.platform.endpoints()).service or ""
    async with httpx.AsyncClient(base_url=service) as client:
        served_by = {
            (await client.get("/api/orders")).headers["X-Ironclad-Replica"] for _ in range(9)
        }
    assert served_by == {replica.name for replica in await live_stack.platform.replicas()}


async def test_up_on_a_running_stack_changes_nothing(live_stack: LiveStack) -> None:
    assert [applied.changed for applied in await live_stack.up()] == [()] * len(STAGES)


async def test_no_secret_stands_in_a_command_line_or_an_environment(live_stack: LiveStack) -> None:
    folder = live_stack.platform.folder
    secrets = [path.read_bytes() for path in folder.secrets.iterdir()]
    assert len(secrets) == 4
    for pid in ours(folder.path):
        shown = proc(pid, "cmdline") + proc(pid, "environ")
        assert not any(secret in shown for secret in secrets), pid


async def test_a_stack_of_before_gets_the_janitors_token_by_up(live_stack: LiveStack) -> None:
    """Only Alertmanager's deliveries are taken: a forged one is refused, also after an upgrade."""
    token = live_stack.platform.folder.janitor_token
    old = token.read_text()
    token.unlink()
    changed = [line for applied in await live_stack.up() for line in applied.changed]
    endpoints = await live_stack.platform.endpoints()

    assert "janitor-token made" in changed
    assert token.stat().st_mode & 0o777 == 0o600
    post = f"{endpoints.janitor}/deliveries"
    async with httpx.AsyncClient() as client:
        for authorization in ({}, {"Authorization": f"Bearer {old}"}):
            forged = await client.post(post, json={"alerts": []}, headers=authorization)
            assert forged.status_code == 401
        alert = {"labels": {"alertname": "TokenTried"}}
        answer = await client.post(f"{endpoints.alertmanager}/api/v2/alerts", json=[alert])
        answer.raise_for_status()

        async def is_delivered() -> bool:
            return "TokenTried" in (await client.get(post)).text

        assert await becomes_true(is_delivered)


async def test_children_get_nothing_of_the_callers_environment(live_stack: LiveStack) -> None:
    pid = await pid_of(live_stack, "backend-0")
    environment = proc(pid, "environ").split(b"\0")
    names = {entry.partition(b"=")[0].decode() for entry in environment if entry}
    assert "PYTHONDONTWRITEBYTECODE" not in names
    assert names <= {
        "PATH",
        "HOME",
        "LANG",
        "IRONCLAD_SUPERVISED",
        "PYTHONPATH",
        "PYTHONSAFEPATH",
    } | {name for name in names if name.startswith("BACKEND_")}


@pytest.mark.skipif(not is_root(), reason="only root can become another user")
async def test_as_root_the_database_runs_as_a_user_of_its_own(live_stack: LiveStack) -> None:
    pid = await pid_of(live_stack, "postgres")
    assert pid is not None
    assert psutil.Process(pid).username() == ACCOUNT


@pytest.mark.parametrize("name", ["backend-1", "caddy", "prometheus", "alertmanager", "janitor"])
async def test_what_is_killed_comes_back_by_itself(mended: LiveStack, name: str) -> None:
    pid = await pid_of(mended, name)
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    assert await comes_back(mended, name, pid)


async def test_no_acknowledged_order_is_lost_with_a_killed_database(mended: LiveStack) -> None:
    service = (await mended.platform.endpoints()).service or ""
    async with httpx.AsyncClient(base_url=service, timeout=10) as client:
        ids = [await place_order(client, f"before-the-kill-{n}") for n in range(5)]
        pid = await pid_of(mended, "postgres")
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
        assert await comes_back(mended, "postgres", pid)
        await mended.until_ready(Stage.BACKEND)
        found = [(await client.get(f"/api/orders/{order}")).status_code for order in ids]
    assert found == [200] * 5


async def test_a_killed_supervisor_takes_all_with_it_and_up_mends_it(mended: LiveStack) -> None:
    path = mended.platform.folder.path
    before = set(ours(path))
    os.kill(supervisor_of(mended), signal.SIGKILL)

    async def all_gone() -> bool:
        return not ours(path)

    assert await becomes_true(all_gone, 10)
    changed = [applied.changed for applied in await mended.up()]
    assert changed[0] == ("supervisor started",)
    assert not before & set(ours(path))


async def test_a_supervisor_without_its_socket_is_replaced(mended: LiveStack) -> None:
    (mended.platform.run_folder / "supervisor.sock").unlink()
    assert "supervisor started" in (await mended.up())[0].changed


async def test_a_deleted_configuration_is_written_again_and_nothing_restarted(
    mended: LiveStack,
) -> None:
    path = mended.platform.folder.path
    before = set(ours(path))
    for name in ("caddy/caddy.json", "prometheus/prometheus.yml", "programs/backend-2.json"):
        (path / name).unlink()
    changed = [change for applied in await mended.up() for change in applied.changed]
    assert changed == [
        "backend-2 definition restored",
        f"{path}/caddy/caddy.json written",
        "prometheus reloaded",
        f"{path}/prometheus/prometheus.yml written",
    ]
    assert set(ours(path)) == before


async def test_a_database_that_will_not_start_is_reported_with_its_last_words(
    live_stack: LiveStack,
) -> None:
    broken = stack_in(live_stack.root, StackSpec("broken"))
    await broken.up(STAGES[:3])
    await broken.platform.remove(Stage.POSTGRES, delete_data=False)
    (broken.platform.folder.data / "postgresql.conf").write_text("fsync = perhaps")
    try:
        with pytest.raises(StageFailedError, match=r"does not start: .*fsync.*requires a Boolean"):
            await broken.platform.apply(Stage.POSTGRES)
    finally:
        await broken.down(delete_data=True)


async def test_a_database_of_another_kind_is_refused(live_stack: LiveStack) -> None:
    version = live_stack.platform.folder.data / "PG_VERSION"
    before = version.read_bytes()
    version.write_text("17\n")
    try:
        with pytest.raises(StateError, match=r"made by PostgreSQL 17 and this is PostgreSQL 18"):
            await live_stack.platform.apply(Stage.POSTGRES)
    finally:
        version.write_bytes(before)


async def test_a_database_without_its_password_is_refused(live_stack: LiveStack) -> None:
    password = live_stack.platform.folder.password
    away = password.rename(password.with_name("away"))
    try:
        with pytest.raises(StateError, match=r"exists but its password .* does not"):
            await live_stack.platform.apply(Stage.SECRET)
        assert not password.exists()
    finally:
        away.rename(password)


async def test_a_taken_port_that_was_named_is_refused_and_nothing_made(
    live_stack: LiveStack,
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        other = stack_in(live_stack.root, StackSpec("other", ports={"service": port}))
        with pytest.raises(
            BadInputError, match=rf"port {port}, named for service, is taken by .*{os.getpid()}"
        ):
            await other.platform.apply(Stage.NAMESPACE)
    assert not other.platform.folder.path.exists()


async def steady_requests(url: str, until: asyncio.Event) -> list[int]:
    """Give the status of each answer, 0 for none."""
    codes = []
    async with httpx.AsyncClient(base_url=url, timeout=5) as client:
        while not until.is_set():
            try:
                codes.append((await client.get("/api/orders?limit=1")).status_code)
            except httpx.HTTPError:
                codes.append(0)
            await asyncio.sleep(0.02)
    return codes


async def test_a_second_stack_lives_beside_it_rolls_and_goes_without_a_trace(
    live_stack: LiveStack,
) -> None:
    target = StackSpec("second", replica_count=2)
    second = stack_in(live_stack.root, target)
    path, run = second.platform.folder.path, second.platform.run_folder
    beside = set(ours(live_stack.platform.folder.path))
    await second.up(UP_TO_BACKEND)
    record = read_record(second.platform.folder.record)
    first = read_record(live_stack.platform.folder.record)
    assert record is not None
    assert first is not None
    assert not set(record.ports.values()) & set(first.ports.values())

    changed = stack_in(second.root, replace(target, backend_environment={"BACKEND_POOL_SIZE": "5"}))
    ended = asyncio.Event()
    service = (await second.platform.endpoints()).service or ""
    requests = asyncio.create_task(steady_requests(service, ended))
    applied = await changed.platform.apply(Stage.BACKEND)
    ended.set()
    codes = await requests
    assert applied.changed == ("backend-0 restarted", "backend-1 restarted")
    assert len(codes) > 100
    assert set(codes) == {200}

    await second.down(delete_data=False)
    assert ours(path) == []
    assert not run.exists()
    assert all(is_free(port) for port in record.ports.values())
    assert second.platform.folder.data.exists()
    assert await second.platform.endpoints() == Endpoints()

    await second.down(delete_data=True)
    assert not path.exists()
    assert set(ours(live_stack.platform.folder.path)) == beside
