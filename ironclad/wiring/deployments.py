"""What is registered with Prefect, and for whom."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ironclad.adapters.prefect.deployments import read_deployments
from ironclad.adapters.prefect.pool import CLOSED
from ironclad.domain.stack.platforms import KUBERNETES, LOCAL, PlatformName
from ironclad.settings import PROJECT

CLOSED_POOL = CLOSED
"""The template of a work pool whose runs choose nothing of their process."""

NET = "flows/disarm_faults.py:disarm_faults"


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """Entries of `prefect.yaml`. With `is_whole` those that are no longer among them go."""

    kind: str
    entries: tuple[Mapping[str, Any], ...]
    pull: tuple[Mapping[str, Any], ...]
    project: Path = PROJECT
    is_whole: bool = True


def listed(kind: PlatformName) -> Listed:
    found = read_deployments(PROJECT)
    return Listed(kind=kind, entries=found.tagged(kind), pull=found.pull)


def listed_for_pool(pool: str, stack: str) -> Listed:
    found = read_deployments(PROJECT)
    entries = found.for_pool(KUBERNETES, pool, stack)
    return Listed(kind=KUBERNETES, entries=entries, pull=found.pull)


def last_net() -> Listed:
    """Give the one deployment that a stack must not be without."""
    found = read_deployments(PROJECT)
    entries = tuple(each for each in found.tagged(LOCAL) if each["entrypoint"] == NET)
    return Listed(kind=LOCAL, entries=entries, pull=found.pull, is_whole=False)
