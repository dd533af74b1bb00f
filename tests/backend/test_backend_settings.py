"""What the environment may say, and what is wrong with it."""

from pathlib import Path

import pytest

from backend.settings import SettingsError, read_settings
from tests.backend.replica_process import environment, run_module

DATABASE = "postgresql://ironclad_user@db:6000/ironclad"


def test_nothing_set_is_good_enough() -> None:
    settings = read_settings({})
    assert (settings.host, settings.port, settings.drain_seconds) == ("127.0.0.1", 3000, 3.0)
    assert settings.database.user == "ironclad_user"
    assert settings.chaos_token is None
    assert settings.replica


@pytest.mark.parametrize(
    ("url", "host", "port"),
    [
        pytest.param(DATABASE, "db", 6000, id="tcp"),
        pytest.param("postgresql+asyncpg://u@db/ironclad", "db", 5432, id="with-a-driver"),
        pytest.param("postgresql://u@/d?host=/run/pg&port=7000", "/run/pg", 7000, id="socket"),
        pytest.param("postgresql://u@/d?host=/run/pg", "/run/pg", 5432, id="socket-default-port"),
    ],
)
def test_a_database_url_is_understood(url: str, host: str, port: int) -> None:
    database = read_settings({"BACKEND_DATABASE_URL": url}).database
    assert (database.host, database.port) == (host, port)


def test_what_kubernetes_says_of_a_service_named_backend_is_not_our_port() -> None:
    assert read_settings({"BACKEND_PORT": "tcp://10.96.0.7:80"}).port == 3000


def test_secrets_come_from_files_and_hide_themselves(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("s3cret-token\n")
    (tmp_path / "password").write_text("s3cret-password\n")
    settings = read_settings(
        {
            "BACKEND_CHAOS_TOKEN_FILE": str(tmp_path / "token"),
            "BACKEND_DATABASE_PASSWORD_FILE": str(tmp_path / "password"),
        }
    )
    assert settings.chaos_token == "s3cret-token"
    assert settings.database.password() == "s3cret-password"
    assert "s3cret" not in repr(settings)


def test_a_rotated_password_is_read_anew(tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text("old")
    database = read_settings({"BACKEND_DATABASE_PASSWORD_FILE": str(file)}).database
    file.write_text("new")
    assert database.password() == "new"


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("BACKEND_PORT", "http"),
        ("BACKEND_PORT", "65536"),
        ("BACKEND_PORT", "-1"),
        ("BACKEND_PORT", "\uff13"),
        ("BACKEND_DRAIN_SECONDS", "soon"),
        ("BACKEND_DRAIN_SECONDS", "nan"),
        ("BACKEND_DRAIN_SECONDS", "-1"),
        ("BACKEND_POOL_SIZE", "0"),
        ("BACKEND_LOG_LEVEL", "loud"),
        ("BACKEND_REPLICA", "a\nb"),
        ("BACKEND_REPLICA", "ä"),
        ("BACKEND_DATABASE_URL", "mysql://u@h/d"),
        ("BACKEND_DATABASE_URL", "nonsense"),
        ("BACKEND_DATABASE_URL", "postgresql://u@h:port/d"),
        ("BACKEND_DATABASE_URL", "postgresql://u@/d?host=/x&port=y"),
        ("BACKEND_CHAOS_TOKEN_FILE", "/nowhere/token"),
        ("BACKEND_DATABASE_PASSWORD_FILE", "/nowhere/password"),
    ],
)
def test_a_bad_setting_is_one_sentence_that_names_it(key: str, value: str) -> None:
    with pytest.raises(SettingsError, match=key) as refused:
        read_settings({key: value})
    assert str(refused.value).endswith(".")
    assert "\n" not in str(refused.value)


def test_an_empty_token_is_refused(tmp_path: Path) -> None:
    (tmp_path / "token").write_text(" \n")
    with pytest.raises(SettingsError, match="empty"):
        read_settings({"BACKEND_CHAOS_TOKEN_FILE": str(tmp_path / "token")})


def test_a_password_in_the_url_is_refused_and_not_repeated() -> None:
    with pytest.raises(SettingsError, match="PASSWORD_FILE") as refused:
        read_settings({"BACKEND_DATABASE_URL": "postgresql://u:s3cret@h/d"})
    assert "s3cret" not in str(refused.value)


@pytest.mark.parametrize("key", ["BACKEND_PORT", "BACKEND_DATABASE_URL"])
def test_the_service_says_so_and_exits_with_2(key: str) -> None:
    done = run_module("backend", {**environment(DATABASE), key: "wrong"})
    assert done.returncode == 2
    assert done.stdout == ""
    assert key in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("name", ["/nowhere/log", '/nowhere/it\'s a "log"', "/nowhere/two\nlines"])
def test_so_it_does_for_a_log_that_cannot_be_written(name: str) -> None:
    done = run_module("backend", environment(DATABASE, BACKEND_LOG_FILE=name))
    assert done.returncode == 2
    assert f"BACKEND_LOG_FILE names {name!r}, which cannot be written" in done.stderr
    assert done.stderr.count("\n") == 1
