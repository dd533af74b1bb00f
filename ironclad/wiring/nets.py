"""Which stacks the last net has to look at."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

from ironclad.domain.stack.stack import PlatformName, StackRef, is_stack_name
from ironclad.settings import settings
from ironclad.wiring.state_root import CLUSTERS, local_stacks


def known_stacks() -> tuple[StackRef, ...]:
    """Give every stack of this machine, and those in clusters that a game day of ours is open on.

    In a cluster the stack has a janitor of its own, but only this machine has the open run's files.
    """
    here = (StackRef(PlatformName.LOCAL, name) for name in local_stacks())
    there = (
        StackRef(PlatformName.KUBERNETES, folder.name)
        for folder in cluster_folders()
        if any((folder / "runs").glob("*.json")) and is_stack_name(folder.name)
    )
    return (*here, *sorted(set(there), key=str))


def cluster_folders() -> Iterator[Path]:
    """Give the folder of each stack in a cluster that a game day was run on from here."""
    context = settings().context
    for folder in (settings().state / CLUSTERS).glob("*/*"):
        if not context or unquote(folder.parent.name) == context:
            yield folder
