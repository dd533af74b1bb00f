"""Which stacks have a folder on this machine."""

from collections.abc import Iterator
from pathlib import Path

from ironclad.domain.stack import is_stack_name
from ironclad.settings import settings

CLUSTERS = "_clusters"
"""Folder of the state root with the load ledgers and open runs of stacks in clusters."""


def local_stacks() -> Iterator[str]:
    """Name the stacks that have a folder here; a folder of anything else is left alone."""
    root = settings().state
    if root.is_dir():
        yield from sorted(path.name for path in root.iterdir() if _is_stack(path))


def _is_stack(folder: Path) -> bool:
    """Either file may have been lost."""
    ours = (folder / "stack.json", folder / "supervisord.conf")
    return is_stack_name(folder.name) and any(file.exists() for file in ours)
