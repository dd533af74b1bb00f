"""Every setting of the service. Nothing else in `backend` reads the environment."""

import logging
import math
import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

DEFAULT_DATABASE_URL = "postgresql://ironclad_user@127.0.0.1:5432/ironclad"
DEFAULT_PORT = 3000
SERVICE_LINK = "tcp://"
"""What Kubernetes puts into BACKEND_PORT of each pod beside a Service named `backend`, unless the
pod says otherwise; it is not meant for us."""


class SettingsError(Exception):
    """One sentence: which setting, what it is, what would be right."""


@dataclass(frozen=True, slots=True)
class DatabaseSettings:
    host: str
    """A host name, or the folder of a unix socket."""
    port: int
    user: str
    name: str
    password_file: Path | None = None
    """Read anew for each connection, so that a rotated password needs no restart."""
    ssl: str | None = None
    """An `sslmode` of libpq; `None` lets asyncpg try TLS first."""
    pool_size: int = 10
    call_seconds: float = 2.0
    """For waiting for a connection and for the statement, together."""

    def password(self) -> str | None:
        return self.password_file.read_text().strip() if self.password_file else None


@dataclass(frozen=True, slots=True)
class Settings:
    database: DatabaseSettings
    host: str = "127.0.0.1"
    port: int = DEFAULT_PORT
    replica: str = "local"
    chaos_token: str | None = field(default=None, repr=False)
    """Without a token there are no control routes."""
    drain_seconds: float = 3.0
    """How long to go on accepting after SIGTERM, so that a balancer can notice."""
    breaker_failures: int = 5
    breaker_recovery_seconds: float = 2.0
    log_level: str = "INFO"
    log_file: Path | None = None
    """Standard output if not given."""
    otlp_endpoint: str | None = None


def read_settings(environ: Mapping[str, str] = os.environ) -> Settings:
    """Raises `SettingsError`."""
    read = _Reader(environ)
    return Settings(
        database=_database(read),
        host=read.text("BACKEND_HOST", "127.0.0.1"),
        port=_own_port(read),
        replica=_replica(read),
        chaos_token=read.secret("BACKEND_CHAOS_TOKEN_FILE"),
        drain_seconds=read.seconds("BACKEND_DRAIN_SECONDS", 3.0, lowest=0, highest=300),
        breaker_failures=read.whole("BACKEND_BREAKER_FAILURES", 5, lowest=1, highest=1000),
        breaker_recovery_seconds=read.seconds(
            "BACKEND_BREAKER_RECOVERY_SECONDS", 2.0, lowest=0.1, highest=300
        ),
        log_level=_log_level(read),
        log_file=read.path("BACKEND_LOG_FILE"),
        otlp_endpoint=environ.get("OTEL_EXPORTER_OTLP_ENDPOINT") or None,
    )


def _database(read: "_Reader") -> DatabaseSettings:
    url = read.database_url("BACKEND_DATABASE_URL", DEFAULT_DATABASE_URL)
    password_file = read.path("BACKEND_DATABASE_PASSWORD_FILE")
    if password_file:
        read.file("BACKEND_DATABASE_PASSWORD_FILE", password_file)
    return DatabaseSettings(
        host=_from_query(url, "host") or url.host or "127.0.0.1",
        port=_port(url),
        user=url.username or "ironclad_user",
        name=url.database or "ironclad",
        password_file=password_file,
        ssl=_from_query(url, "sslmode") or _from_query(url, "ssl"),
        pool_size=read.whole("BACKEND_POOL_SIZE", 10, lowest=1, highest=1000),
        call_seconds=read.seconds("BACKEND_DATABASE_SECONDS", 2.0, lowest=0.1, highest=60),
    )


def _port(url: URL) -> int:
    port = _from_query(url, "port") or str(url.port or 5432)
    if not port.isdecimal():
        raise SettingsError(f"BACKEND_DATABASE_URL names port {port!r}; a port is a whole number.")
    return int(port)


def _from_query(url: URL, key: str) -> str | None:
    value = url.query.get(key)
    return value if isinstance(value, str) else None


def _own_port(read: "_Reader") -> int:
    if read.text("BACKEND_PORT", "").startswith(SERVICE_LINK):
        return DEFAULT_PORT
    return read.whole("BACKEND_PORT", DEFAULT_PORT, lowest=0, highest=65535)


def _replica(read: "_Reader") -> str:
    name = read.text("BACKEND_REPLICA", socket.gethostname())
    if not (name.isascii() and name.isprintable()):
        raise SettingsError(
            f"BACKEND_REPLICA is {name!r}; it goes into a response header, so it has to be "
            "printable ASCII."
        )
    return name


def _log_level(read: "_Reader") -> str:
    level = read.text("BACKEND_LOG_LEVEL", "INFO").upper()
    if level not in logging.getLevelNamesMapping():
        raise SettingsError(f"BACKEND_LOG_LEVEL is {level!r}; use DEBUG, INFO, WARNING or ERROR.")
    return level


@dataclass(frozen=True, slots=True)
class _Reader:
    environ: Mapping[str, str]

    def text(self, key: str, default: str) -> str:
        return self.environ.get(key) or default

    def path(self, key: str) -> Path | None:
        value = self.environ.get(key)
        return Path(value) if value else None

    def whole(self, key: str, default: int, *, lowest: int, highest: int) -> int:
        value = self.text(key, str(default))
        if not (value.isascii() and value.isdecimal() and lowest <= int(value) <= highest):
            raise SettingsError(
                f"{key} is {value!r}; it has to be a whole number from {lowest} to {highest}."
            )
        return int(value)

    def seconds(self, key: str, default: float, *, lowest: float, highest: float) -> float:
        value = self.text(key, str(default))
        try:
            seconds = float(value)
        except ValueError:
            seconds = math.nan
        if not lowest <= seconds <= highest:
            raise SettingsError(
                f"{key} is {value!r}; it has to be seconds, from {lowest:g} to {highest:g}."
            )
        return seconds

    def database_url(self, key: str, default: str) -> URL:
        value = self.text(key, default)
        try:
            url = make_url(value)
        except (ArgumentError, ValueError):
            url = URL.create("unknown")
        if url.get_backend_name() not in {"postgresql", "postgres"}:
            raise SettingsError(f"{key} is not a URL like {DEFAULT_DATABASE_URL}.")
        if url.password:
            raise SettingsError(
                f"{key} holds a password; put it into a file and name that in "
                "BACKEND_DATABASE_PASSWORD_FILE."
            )
        return url

    def secret(self, key: str) -> str | None:
        path = self.path(key)
        if path is None:
            return None
        secret = self.file(key, path).strip()
        if not secret:
            named = str(path)
            raise SettingsError(
                f"{key} names {named!r}, which is empty; it has to hold the secret."
            )
        return secret

    def file(self, key: str, path: Path) -> str:
        try:
            return path.read_text()
        except (OSError, ValueError) as error:
            named = str(path)
            reason = error.strerror if isinstance(error, OSError) else str(error)
            raise SettingsError(
                f"{key} names {named!r}, which cannot be read: {reason}."
            ) from error
