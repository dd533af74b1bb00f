"""`python -m backend.migrate`"""

import subprocess
import sys

from backend.migrate import migrate
from backend.settings import DatabaseSettings, read_settings
from tests.service.postgres_server import PostgresServer, free_port
from tests.service.replica_process import ROOT, environment, run_module


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


def test_a_database_that_does_not_exist_is_one_sentence(postgres: PostgresServer) -> None:
    done = run_module("backend.migrate", environment(postgres.url("nix")))
    assert done.returncode == 1
    assert 'database "nix" does not exist' in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_wrong_setting_is_told_before_anything_else() -> None:
    done = run_module("backend.migrate", environment("mysql://u@h/x"))
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
