"""Every command of the command line that can be run."""

from typing import Any

from tools.reference.cli import Words, groups_and_commands


def commands() -> dict[Words, Any]:
    return {words: each for words, each in groups_and_commands() if not hasattr(each, "commands")}
