"""What a stack is: where it runs, its stages in order, its replicas, its endpoints."""

import re
from dataclasses import dataclass
from enum import StrEnum

from ironclad.domain.stack.platforms import (
    LOCAL,
    PLATFORMS,
    PlatformName,
    PlatformSpec,
    platform_named,
)


class Stage(StrEnum):
    """In the order in which they come up; taken down in reverse."""

    NAMESPACE = "namespace"
    SECRET = "secret"  # noqa: S105 - the stage's name
    POSTGRES = "postgres"
    BACKEND = "backend"
    MONITORING = "monitoring"


STAGES: tuple[Stage, ...] = tuple(Stage)

DEFAULT_STACK = "demo"

SERVICE_JOB = "ironclad-backend"
"""The job under which Prometheus scrapes the replicas."""

NAME_PATTERN = r"[a-z0-9]([-a-z0-9]{0,38}[a-z0-9])?"
"""At most 40 characters of a DNS label: it becomes a folder and a Namespace."""


def is_stack_name(name: str) -> bool:
    return re.fullmatch(NAME_PATTERN, name) is not None


def demand_stack_name(name: str) -> str:
    """Give it back. Raises ValueError for a name that could not be a folder or Namespace."""
    if not is_stack_name(name):
        raise ValueError(
            f"{name!r} is not a stack name; use at most 40 lower-case letters, digits and hyphens,"
            " such as demo or team-a"
        )
    return name


@dataclass(frozen=True, slots=True)
class StackRef:
    """Names one stack; everything else about it is looked up where it lives."""

    platform: PlatformName = LOCAL
    name: str = DEFAULT_STACK

    def __post_init__(self) -> None:
        """Raises ValueError for a platform that there is not."""
        platform_named(self.platform)

    @property
    def spec(self) -> PlatformSpec:
        return PLATFORMS[self.platform]

    def __str__(self) -> str:
        return f"{self.platform}/{self.name}"


DEFAULT_REF = StackRef()


@dataclass(frozen=True, slots=True)
class Replica:
    """One process of the service, addressed by itself and never through the balancer."""

    name: str
    url: str


@dataclass(frozen=True, slots=True)
class Endpoints:
    """Base URLs; None where the stage that serves it is not up."""

    service: str | None = None
    prometheus: str | None = None
    alertmanager: str | None = None
    janitor: str | None = None
    grafana: str | None = None


@dataclass(frozen=True, slots=True)
class Applied:
    """What applying a stage changed; empty when everything was as wanted."""

    stage: Stage
    changed: tuple[str, ...] = ()


def ordered(stages: tuple[Stage, ...]) -> tuple[Stage, ...]:
    """Give the chosen stages in the order of `STAGES`, each once."""
    return tuple(stage for stage in STAGES if stage in stages)
