"""`python -m backend.migrate`"""

import asyncio
import contextlib
import dataclasses
import subprocess
import sys
import time

from backend.migrate import migrate
from backend.settings import DatabaseSettings, read_settings
from tests.backend.postgres_server import PostgresServer, free_port
from tests.backend.replica_process import environment, run_module
from tests.places import ROOT


def test_three_at_once_migrate_once(postgres: PostgresServer) -> None:
    env = environment(postgres.create_database("three"))
    started = [
        subprocess.Popen(
            [sys.executable, "-m", "backend.migrate"],
            cwd=ROOT,
            env=env,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for _ in range(3)
    ]
    outputs = sorted(process.communicate(timeout=60)[0] for process in started)
    assert [process.returncode for process in started] == [0, 0, 0], outputs
    assert outputs == [
        "The schema is at 0001 already.\n",
        "The schema is at 0001 already.\n",
        "The schema was at nothing and is at 0001 now.\n",
    ]


async def test_it_leaves_data_as_it_is(postgres: PostgresServer) -> None:
    settings = settings_for(postgres.create_database("again"))
    await migrate(settings)
    postgres.psql(
        "again",
        "INSERT INTO orders (idempotency_key, item, quantity, price_cents) VALUES ('k','x',1,1)",
    )
    assert await migrate(settings) == "The schema is at 0001 already."
    assert postgres.psql("again", "SELECT count(*) FROM orders") == "1"


async def test_a_schema_that_is_newer_is_left_as_it_is(postgres: PostgresServer) -> None:
    """The release before has to start again after a roll-back."""
    settings = settings_for(postgres.create_database("newer"))
    await migrate(settings)
    postgres.psql("newer", "UPDATE alembic_version SET version_num = '9999'")
    assert "newer than this version knows" in await migrate(settings)


def settings_for(url: str) -> DatabaseSettings:
    return read_settings({"BACKEND_DATABASE_URL": url}).database


def test_a_database_that_is_away_is_one_sentence() -> None:
    port = free_port()
    done = run_module("backend.migrate", environment(f"postgresql://u@127.0.0.1:{port}/ironclad"))
    assert done.returncode == 1
    assert done.stderr.startswith(f"Cannot migrate the database ironclad on 127.0.0.1:{port}: ")
    assert done.stderr.count("\n") == 1


async def test_it_waits_for_a_database_that_does_not_serve_yet(postgres: PostgresServer) -> None:
    real = settings_for(postgres.create_database("late"))
    calls = 0

    async def hang_up_twice(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal calls
        calls += 1
        if calls > 2:
            there = await asyncio.open_connection(real.host, real.port)
            await asyncio.gather(copied(reader, there[1]), copied(there[0], writer))
        writer.close()
        await writer.wait_closed()

    async with await asyncio.start_server(hang_up_twice, "127.0.0.1", 0) as late:
        port = late.sockets[0].getsockname()[1]
        settings = dataclasses.replace(real, host="127.0.0.1", port=port, ssl="disable")
        message = await migrate(settings, wait_seconds=20)
    assert message == "The schema was at nothing and is at 0001 now."
    assert calls == 3


async def copied(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while chunk := await reader.read(65536):
        writer.write(chunk)
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()


def test_it_does_not_wait_for_what_will_not_change(postgres: PostgresServer) -> None:
    env = environment(postgres.url("nix"))
    began = time.monotonic()
    done = run_module("backend.migrate", env, "--wait", "25")
    assert 'database "nix" does not exist' in done.stderr
    assert time.monotonic() - began < 20


def test_a_database_that_does_not_exist_is_one_sentence(postgres: PostgresServer) -> None:
    done = run_module("backend.migrate", environment(postgres.url("nix")))
    assert done.returncode == 1
    assert 'database "nix" does not exist' in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_wrong_setting_is_reported_before_anything_else() -> None:
    done = run_module("backend.migrate", environment("mysql://u@h/x"))
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
