"""Every setting of Ironclad. Nothing else reads the environment.

Read without a library: every command begins with this, and pydantic takes longer than most of them.
"""

import getpass
import os
import re
import socket
from collections.abc import Callable, Mapping
from dataclasses import Field, dataclass, field, fields
from functools import cache
from pathlib import Path
from typing import Any

from ironclad.errors import SettingsError

PREFIX = "IRONCLAD_"
PROJECT = Path(__file__).resolve().parent.parent
"""The import root: the checkout, or the folder that the wheel was unpacked into."""

PORTS = range(1, 65536)


def default_state_root() -> Path:
    """As root /var/lib, because the database's own user must be able to reach it."""
    if os.geteuid() == 0:
        return Path("/var/lib/ironclad")
    return Path.home() / ".local/state/ironclad"


def default_kubeconfig() -> str:
    """Look where kubectl does."""
    usual = Path.home() / ".kube/config"
    return os.environ.get("KUBECONFIG", str(usual) if usual.exists() else "")


def folder(text: str) -> Path:
    path = Path(text)
    if path.exists() and not path.is_dir():
        raise ValueError(f"{path} is a file; name a folder, which may be missing yet")
    return path


def port(text: str) -> int:
    if not text.strip().isdecimal() or int(text) not in PORTS:
        raise ValueError(f"{text!r} is no port; use a number from 1 to {PORTS[-1]}")
    return int(text)


def ports(text: str) -> Mapping[str, int]:
    return dict(_pair(part) for part in text.split(",") if part.strip())


def _pair(text: str) -> tuple[str, int]:
    name, equals, number = text.partition("=")
    if not equals:
        raise ValueError(f"{text!r} is not NAME=PORT, such as service=8080")
    return name.strip(), port(number)


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Read from `IRONCLAD_…`; an unknown name is left alone, a wrong value is refused.

    An empty variable counts as none: an empty state folder would be the one we are called in.
    """

    state: Path = field(default_factory=default_state_root, metadata={"read": folder})
    """Folder that holds one folder for each local stack."""

    reports: Path = field(default=Path("reports"), metadata={"read": folder})
    """Folder for reports, seen from where the command runs."""

    experiments: Path = field(default=PROJECT / "game_days", metadata={"read": folder})
    """Folder with one YAML for each experiment."""

    prometheus: Path | None = None
    """A Prometheus binary. Without it one is looked for, then fetched."""

    alertmanager: Path | None = None
    """An Alertmanager binary. Without it one is looked for, then fetched."""

    backend_module: str = "backend"
    """What the replicas of a local stack run, for trials of a service with known faults."""

    rules: Path | None = None
    """Folder of rule files for a local stack, such as compressed ones; else the shipped ones."""

    ports: Mapping[str, int] = field(default_factory=dict, metadata={"read": ports})
    """Ports of the local stack, such as `service=8080,prometheus=9090`; others are free ones."""

    receivers: Path | None = None
    """A YAML file that lists the receivers of a local stack's alerts, such as `[{name: on-call,
    kind: slack, url: https://…, team: sre, severity: critical}]`. `up` stores it with the stack."""

    notify: Path | None = None
    """A file with one Apprise address a line (`mailto://…`, `slack://…`, …). Each gets a notice
    when a game day begins and ends. `up` stores it with the stack."""

    prefect_port: int = field(default=4200, metadata={"read": port})
    """The Prefect server's port. If it is taken, the server takes a free one."""

    prefect_profile: Path = PROJECT / "prefect.toml"
    """The file with the server's address. Prefect's own command reads it in its folder."""

    prefect_database: Path | None = None
    """A private file with the URL of a PostgreSQL database for our Prefect server, such as
    `postgresql+asyncpg://prefect:…@db.example/prefect`. Without it the server uses SQLite."""

    kubeconfig: str = field(default_factory=default_kubeconfig)
    """One file or several, joined with colons; empty in a pod that has its own access."""

    context: str = ""
    """The kubeconfig's context to use; its current one if empty."""

    clusters: Path | None = None
    """Set for flows of the machine's worker: a file that says which cluster each stack is in."""

    who: str = ""
    """The name of the starter in reports and locks; the login name if empty."""

    freeze: str = ""
    """When no game day may run: a list such as `[{from: Fri 16:00, to: Mon 08:00, timezone:
    Europe/Berlin, why: weekend}]`, or the path of a file that holds one. `up` stores it
    with the stack, and both apply."""

    @property
    def prefect_database_url(self) -> str:
        """Raises SettingsError for a file that others may read or that holds no such URL."""
        path = self.prefect_database
        return _database_url(path) if path else ""

    @property
    def person(self) -> str:
        return self.who or f"{_login()}@{socket.gethostname()}"


_OTHERS = 0o077
_DATABASE_URL = re.compile(r"postgresql(\+asyncpg)?(://\S+)")


def _database_url(path: Path) -> str:
    """Keep it out of every message: it holds a password."""
    wrong = f"the environment variable IRONCLAD_PREFECT_DATABASE is wrong: {path}"
    try:
        found, is_open = path.read_text("utf-8").strip(), path.stat().st_mode & _OTHERS
    except (OSError, UnicodeError) as error:
        raise SettingsError(f"{wrong} cannot be read; name a file that holds a URL") from error
    if is_open:
        raise SettingsError(f"{wrong} is open to other users; run `chmod 600 {path}`")
    url = _DATABASE_URL.fullmatch(found)
    if url is None:
        raise SettingsError(
            f"{wrong} does not hold one line like postgresql+asyncpg://USER:PASSWORD@HOST/NAME"
        )
    return f"postgresql+asyncpg{url[2]}"


def _login() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"uid-{os.getuid()}"


_READERS: Mapping[Any, Callable[[str], Any]] = {str: str, Path: Path, Path | None: Path}
"""How the text of a variable becomes a value, where the field does not say it itself."""


@cache
def settings() -> Settings:
    """Read them once. Raises SettingsError that names the variable and what would be right."""
    given = {each.name: text for each in fields(Settings) if (text := os.environ.get(_name(each)))}
    return Settings(
        **{e.name: _read(e, given[e.name]) for e in fields(Settings) if e.name in given}
    )


def _name(setting: Field[Any]) -> str:
    return PREFIX + setting.name.upper()


def _read(setting: Field[Any], text: str) -> Any:
    read = setting.metadata.get("read") or _READERS[setting.type]
    try:
        return read(text)
    except OSError as error:
        reason = error.strerror or "it cannot be read"
        raise SettingsError(
            f"the environment variable {_name(setting)} is wrong: {reason}"
        ) from error
    except ValueError as error:
        raise SettingsError(
            f"the environment variable {_name(setting)} is wrong: {error}"
        ) from error


PASSED_ON = ("HOME", "PATH", "USER", "LANG", "TZ", "SSL_CERT_FILE")
"""What flows in other processes need of the caller's environment, besides our own settings."""


OF_ONE_STACK = (
    *("IRONCLAD_PORTS", "IRONCLAD_KUBECONFIG", "IRONCLAD_CONTEXT"),
    *("IRONCLAD_FREEZE", "IRONCLAD_NOTIFY", "IRONCLAD_RECEIVERS"),
)
"""What the stack that was brought up with it remembers; others must not get it."""


def passed_on() -> dict[str, str]:
    """Give the part of the environment that a flow in another process should see."""
    return {
        name: value
        for name, value in os.environ.items()
        if name in PASSED_ON or (name.startswith(PREFIX) and name not in OF_ONE_STACK)
    }


_PREFECT_ACCESS = ("PREFECT_API_", "PREFECT_CLIENT_")
"""Prefect's own names for the way to a server."""


def existing_prefect() -> dict[str, str] | None:
    """Give the way to the server that PREFECT_API_URL names; None where it is not set at all."""
    if "PREFECT_API_URL" not in os.environ:
        return None
    return {name: value for name, value in os.environ.items() if name.startswith(_PREFECT_ACCESS)}


def is_completing() -> bool:
    """Say whether a shell asks how a command line could go on."""
    return "_IRONCLAD_COMPLETE" in os.environ
