"""Every setting of Ironclad itself, told where it stands; nothing else reads the environment."""

import getpass
import os
import socket
from functools import cache
from pathlib import Path
from typing import Annotated

from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from ironclad.errors import SettingsError

PROJECT = Path(__file__).resolve().parent.parent
"""The import root: the checkout, or the folder that the wheel was unpacked into."""

Port = Annotated[int, Field(ge=1, le=65535)]


def default_state_root() -> Path:
    """As root /var/lib, because the database's own user must be able to reach it."""
    if os.geteuid() == 0:
        return Path("/var/lib/ironclad")
    return Path.home() / ".local/state/ironclad"


def default_kubeconfig() -> str:
    """Look where kubectl does."""
    usual = Path.home() / ".kube/config"
    return os.environ.get("KUBECONFIG", str(usual) if usual.exists() else "")


class Settings(BaseSettings):
    """Read from `IRONCLAD_…`; an unknown name is left alone, a wrong value is refused.

    An empty variable counts as none: an empty state folder would be the one we are called in.
    """

    model_config = SettingsConfigDict(
        env_prefix="IRONCLAD_",
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
        use_attribute_docstrings=True,
    )

    state: Path = Field(default_factory=default_state_root)
    """Folder that holds one folder for each local stack."""

    reports: Path = Path("reports")
    """Folder for reports, seen from where the command runs."""

    experiments: Path = PROJECT / "game_days"
    """Folder with one YAML for each experiment."""

    prometheus: Path | None = None
    """A Prometheus binary to use; else one is looked for, then fetched."""

    alertmanager: Path | None = None
    """An Alertmanager binary to use; else one is looked for, then fetched."""

    backend_module: str = "backend"
    """What the replicas of a local stack run, for trials of a service with known faults."""

    rules: Path | None = None
    """Folder of rule files for a local stack, such as compressed ones; else the shipped ones."""

    ports: Annotated[dict[str, Port], NoDecode] = Field(default_factory=dict)
    """Ports of the local stack, such as `service=8080,prometheus=9090`; others are free ones."""

    receivers: Path | None = None
    """A YAML file that lists who is told of a local stack's alerts, such as `[{name: on-call, kind:
    slack, url: https://…, team: sre, severity: critical}]`; nobody if left out."""

    notify: Path | None = None
    """A file with one address of Apprise's sort a line (`mailto://…`, `slack://…`, …), each told
    when a game day begins and how it ended; nobody if left out."""

    prefect_port: Port = 4200
    """Where the Prefect server listens if that port is free; else it takes a free one."""

    prefect_profile: Path = PROJECT / "prefect.toml"
    """Where the server's address is left for Prefect's own command, which looks in its folder."""

    kubeconfig: str = Field(default_factory=default_kubeconfig)
    """One file or several, joined with colons; empty in a pod that has its own access."""

    context: str = ""
    """The kubeconfig's context to use; its current one if empty."""

    who: str = ""
    """Stands in reports and locks as the one who started; the login name if empty."""

    freeze: str = ""
    """When no game day may run: a list such as `[{from: Fri 16:00, to: Mon 08:00, timezone:
    Europe/Berlin, why: weekend}]`, or the path of a file that holds one."""

    @field_validator("state", "reports", "experiments")
    @classmethod
    def _no_file(cls, value: Path) -> Path:
        if value.exists() and not value.is_dir():
            raise ValueError(f"{value} is a file; name a folder, which may be missing yet")
        return value

    @field_validator("ports", mode="before")
    @classmethod
    def _pairs(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        return dict(_pair(part) for part in value.split(",") if part.strip())

    @property
    def person(self) -> str:
        return self.who or f"{_login()}@{socket.gethostname()}"


def _pair(text: str) -> tuple[str, str]:
    name, equals, port = text.partition("=")
    if not equals:
        raise ValueError(f"{text!r} is not NAME=PORT, such as service=8080")
    return name.strip(), port.strip()


def _login() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"uid-{os.getuid()}"


@cache
def settings() -> Settings:
    """Read them once. Raises SettingsError that names the variable and what would be right."""
    try:
        return Settings()
    except ValidationError as error:
        raise SettingsError(_sentence(error)) from error


PASSED_ON = ("HOME", "PATH", "USER", "LANG", "TZ", "KUBECONFIG", "SSL_CERT_FILE")
"""What flows in other processes need of the caller's environment, besides our own settings."""


OF_ONE_STACK = ("IRONCLAD_PORTS",)
"""What the stack that was brought up with it remembers; others must not get it."""


def passed_on() -> dict[str, str]:
    """Give the part of the environment that a flow in another process should see."""
    return {
        name: value
        for name, value in os.environ.items()
        if name in PASSED_ON or (name.startswith("IRONCLAD_") and name not in OF_ONE_STACK)
    }


def everything() -> dict[str, str]:
    """Give the whole environment, for a child that takes our place: Prefect's own command."""
    return dict(os.environ)


def _sentence(error: ValidationError) -> str:
    first = error.errors()[0]
    name = "_".join(str(part) for part in first["loc"][:1]).upper()
    reason = first["msg"].removeprefix("Value error, ")
    return f"the environment variable IRONCLAD_{name} is wrong: {reason}"
