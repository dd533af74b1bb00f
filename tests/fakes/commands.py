"""Every command of the command line, those whose modules are not imported yet included."""

from collections.abc import Iterator
from typing import Any

from typer.main import get_command

from ironclad.cli.app import app
from ironclad.cli.lazy import Unloaded

Path = tuple[str, ...]


def groups_and_commands(command: Any = None, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Give each with the words that lead to it."""
    group: Any = command or get_command(app)
    for name, each in group.commands.items():
        below = each.load() if isinstance(each, Unloaded) else each
        yield (*path, name), below
        if hasattr(below, "commands"):
            yield from groups_and_commands(below, (*path, name))


def commands() -> dict[Path, Any]:
    """Give what can be run."""
    return {path: each for path, each in groups_and_commands() if not hasattr(each, "commands")}
