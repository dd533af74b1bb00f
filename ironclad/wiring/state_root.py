"""Which stacks have a folder on this machine, and which ones the last net covers."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

from ironclad.domain.stack.stack import DEFAULT_STACK, PlatformName, StackRef, is_stack_name
from ironclad.domain.text.did_you_mean import did_you_mean
from ironclad.errors import BadInputError
from ironclad.settings import settings

CLUSTERS = "_clusters"
"""Folder of the state root with the load ledgers and open runs of stacks in clusters."""


def local_stacks() -> Iterator[str]:
    """Name the stacks that have a folder here; a folder of anything else is left alone."""
    root = settings().state
    if root.is_dir():
        yield from sorted(path.name for path in root.iterdir() if _is_stack(path))


def local_replicas(stack: str) -> tuple[str, ...]:
    """Name the replicas of a stack; none where it has no record."""
    from ironclad.adapters.local.folder import StackFolder
    from ironclad.adapters.local.record import read_record

    record = read_record(StackFolder(settings().state, stack).record)
    return record.replicas if record else ()


def demand_known(ref: StackRef) -> StackRef:
    """Give it back. Raises BadInputError for a name that no local stack has, while others exist."""
    if ref.platform is not PlatformName.LOCAL:
        return ref
    known = list(local_stacks())
    if ref.name in known or (ref.name == DEFAULT_STACK and not known):
        return ref
    there = f"there {'is' if len(known) == 1 else 'are'}: {', '.join(known) or 'none'}"
    raise BadInputError(f"no stack {ref.name}{did_you_mean(ref.name, known, there)}")


def _is_stack(folder: Path) -> bool:
    """Either file may have been lost."""
    ours = (folder / "stack.json", folder / "supervisord.conf")
    return is_stack_name(folder.name) and any(file.exists() for file in ours)


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
